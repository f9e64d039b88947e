/** What changes, told to the screens of those who may see it, as server-sent events. What is told, `live-changes.ts` says. */
import { Controller, Get, Headers, Inject, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { officialOf } from './case.controller.js';
import { LiveChanges } from './live-changes.js';
import { malformed, Problem } from './problem-details.js';
import { refuseUnknown } from './queries.js';
import { Sessions } from './session.js';
import type { ApiSettings } from './settings.js';
import { May, type SignedInRequest, SignInGuard } from './sign-in.js';

/** A browser comes back so soon after it was cut off; not all of them at once when the API was started anew. */
const BACK_MS = 1_000;
const BACK_SPREAD_MS = 3_000;
const FULL_SECONDS = 30;

@ApiTags('live')
@ApiBearerAuth()
@Controller('live')
export class LiveController {
  constructor(
    private readonly live: LiveChanges,
    private readonly guard: SignInGuard,
    private readonly sessions: Sessions,
    @Inject('tegas:settings') private readonly settings: ApiSettings,
  ) {}

  /**
   * `change` names a topic and, of a case, its id and revision: ask for what you show of it again. `reset`: ask for everything again. `beat`: nothing
   * happened and the connection stands. Ends within a minute when the session is over.
   */
  @May('FollowChanges')
  @Get()
  @ApiOperation({ summary: 'What changes among what you may see, as it happens (server-sent events); no personal data' })
  @ApiProduces('text/event-stream')
  @ApiQuery({ name: 'after', required: false, description: 'From this position on, as `livePosition` of GET /session says it' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Likewise, as the browser sends it when it comes back' })
  async follow(
    @Query() query: Record<string, string>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    refuseUnknown(query, ['after']);
    const after = lastEventId ?? query.after;
    if (after !== undefined && !/^\d{1,19}$/.test(after))
      throw malformed([{ path: 'after', fault: 'must be a position that an answer carried' }]);
    const official = officialOf(request);
    if (!this.live.hasRoomFor(official))
      throw new Problem(
        429,
        'too-many-screens',
        {
          id: 'Terlalu banyak layar mengikuti perubahan sekaligus. Tutup yang tidak dipakai.',
          en: 'Too many screens follow changes at once. Close those that are not in use.',
        },
        { retryAfter: FULL_SECONDS },
      );
    reply
      .header('Content-Type', 'text/event-stream; charset=utf-8')
      .header('Cache-Control', 'no-store, no-transform')
      // A proxy passes each message on as it comes.
      .header('X-Accel-Buffering', 'no');
    if (request.method === 'HEAD') return void (await reply.send());
    const stream = this.live.listen(official, after, this.settings.liveBeatSeconds * 1000, () => this.isStill(official, request));
    stream.push(`retry: ${BACK_MS + Math.floor(Math.random() * BACK_SPREAD_MS)}\n\n`);
    await reply.send(stream);
  }

  /** A stream that stands open is no sign that anyone sits at the screen: it keeps no session awake. */
  private async isStill(official: string, request: SignedInRequest): Promise<boolean> {
    const found =
      request.headers.authorization === undefined
        ? await this.sessions.find(request.cookies[this.sessions.cookieName], 'only-looking')
        : await this.guard.signedIn(request);
    return found?.official === official;
  }
}
