/** The entity of the TypeORM specs. */
import { EntitySchema } from 'typeorm';

export interface Effect {
  id?: string;
  name: string;
}

export const effectSchema = new EntitySchema<Effect>({
  name: 'effect',
  tableName: 'effects',
  columns: { id: { type: 'bigint', primary: true, generated: 'increment' }, name: { type: 'text' } },
});
