/** What a supplier sends when goods arrive. */
import { IsIn, IsInt, IsPositive } from 'class-validator';
import { ARTICLES } from '../catalog.js';

export class Delivery {
  @IsIn(ARTICLES)
  article!: string;

  @IsInt()
  @IsPositive()
  quantity!: number;
}
