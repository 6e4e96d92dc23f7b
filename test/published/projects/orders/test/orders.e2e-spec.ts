import { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { App } from 'supertest/types';
import { AppModule } from './../src/app.module';

describe('OrdersController (e2e)', () => {
  let app: INestApplication<App>;

  beforeEach(async () => {
    const moduleFixture = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = moduleFixture.createNestApplication();
    await app.init();
  });

  it('/orders (POST), and a retry of it', async () => {
    const post = () => request(app.getHttpServer()).post('/orders').set('Idempotency-Key', '3a9f').send({ article: 'beans' });
    const first = await post().expect(201);
    expect(first.body).toEqual({ id: 1, article: 'beans' });
    const again = await post().expect(201).expect('Idempotency-Replayed', 'true');
    expect(again.text).toBe(first.text);
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    await request(app.getHttpServer()).post('/orders').send({ article: 'beans' }).expect(400);
  });

  afterEach(async () => {
    await app.close();
  });
});
