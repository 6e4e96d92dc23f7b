/** What a customer sends to pay for an order. */
import { IsInt, IsPositive } from 'class-validator';

export class NewPayment {
  @IsInt()
  @IsPositive()
  order!: number;

  @IsInt()
  @IsPositive()
  cents!: number;
}
