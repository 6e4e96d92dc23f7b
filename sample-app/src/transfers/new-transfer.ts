/** What a customer sends to move money. */
import { IsInt, IsPositive, IsString } from 'class-validator';

export class NewTransfer {
  @IsString()
  from!: string;

  @IsString()
  to!: string;

  @IsInt()
  @IsPositive()
  cents!: number;
}
