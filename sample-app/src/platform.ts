/** One application on either platform. */
import type { INestApplication, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

/** Creates the application on the platform of that name; any other name is an error. */
export async function createApplication(platform: string, module: Type): Promise<INestApplication> {
  switch (platform) {
    case 'express':
      return NestFactory.create(module);
    case 'fastify': {
      const { FastifyAdapter } = await import('@nestjs/platform-fastify');
      return NestFactory.create(module, new FastifyAdapter());
    }
    default:
      throw new Error(`PLATFORM is ${platform}: choose express or fastify.`);
  }
}
