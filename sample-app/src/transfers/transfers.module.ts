/** What the shop can do only with a database. */
import { Module } from '@nestjs/common';
import { Accounts } from './accounts.js';
import { DatabaseModule } from './database.module.js';
import { TransfersController } from './transfers.controller.js';

@Module({ imports: [DatabaseModule], controllers: [TransfersController], providers: [Accounts] })
export class TransfersModule {}
