/** The generated client, where the specs put it. */
export { PrismaClient } from '../../../../../reports/prisma-client/client.ts';
