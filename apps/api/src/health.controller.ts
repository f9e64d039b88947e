/** Is the process alive; is it able to serve: store reachable, read models near the log. */
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { projectionLag } from '#read-models/projection.js';
import { Problem } from './problem-details.js';
import { Public } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

@ApiTags('health')
@Public()
@Controller('health')
export class HealthController {
  constructor(@Inject(OpenLogToken) private readonly tegas: Tegas) {}

  @Get('live')
  live() {
    return { status: 'ok' };
  }

  @Get('ready')
  async ready() {
    if (this.tegas.registry.state.calendar === undefined)
      throw new Problem(503, 'not-seeded', {
        id: 'Register belum diisi: jalankan `npx tegas seed`.',
        en: 'The registry is empty: run `npx tegas seed`.',
      });
    const head = await this.tegas.log.head();
    return { status: 'ok', position: head, lag: await projectionLag(this.tegas.readModels, head) };
  }
}
