/** What a customer sends to order something. */
import { IsInt, IsString, Max, Min } from 'class-validator';

export class NewOrder {
  @IsString()
  article!: string;

  @IsInt()
  @Min(1)
  @Max(100)
  quantity!: number;
}
