/**
 * A stand-in for an EventStoreDB server, for tests only: the gRPC services that our client calls, from the definitions the client ships.
 * It proves our adapter and the wire. It proves nothing about the real server: for that, give the specs TEGAS_EVENTSTORE_TEST_URL.
 *
 * What it takes from the real one, as its source shows: events written over gRPC commit themselves, so each has a position of its own and
 * positions are addresses with gaps; reading from a position includes it; a position that is no event's is refused; a retry with the same
 * ids is answered as the first time; the server writes events of its own between those of others.
 *
 * A process of its own: one JSON object as argument, `StandInSettings`. It says `{ port }` to its parent when it listens.
 */
import fs from 'node:fs';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { AppendReq, BatchAppendReq, ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import messages from '@eventstore/db-client/generated/streams_pb.js';
import grpc, {
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';

export interface StandInSettings {
  /** 0 or absent: a free one. */
  readonly port?: number;
  /** Appends are kept here, each on disk before it is acknowledged; absent: in memory only. */
  readonly file?: string;
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** Over TLS only, as the client sends none otherwise. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Sends every call that asks for the leader to another node. */
  readonly leader?: { readonly host: string; readonly port: number };
  /** As transactions of the old TCP interface: the events of an append share the last one's commit position. */
  readonly sharedCommit?: boolean;
  /** Refuses a retry instead of recognising its ids. */
  readonly forgetful?: boolean;
}

interface Kept {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly contentType: string;
  /** Base64, as all else is text. */
  readonly data: string;
  readonly metadata: string;
  readonly position: number;
  readonly commit: number;
}

type Proposed = Pick<Kept, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;
type Expected = number | 'no-stream' | 'any' | 'stream-exists';
type Outcome = { readonly last: Kept } | { readonly current: number };

const ownEventEvery = 25;
const recordOverhead = 64;
const maxAppendBytes = 16_000_000;

/** The log: what was appended, in order. */
class Log {
  readonly events: Kept[] = [];
  private readonly streams = new Map<string, Kept[]>();
  private readonly positions = new Map<number, number>();
  private readonly waiting = new Set<() => void>();
  private readonly descriptor: number | undefined;
  private end = 0;
  private appends = 0;

  constructor(private readonly settings: StandInSettings) {
    if (settings.file !== undefined) {
      this.restore(settings.file);
      this.descriptor = fs.openSync(settings.file, 'a');
    }
    if (this.events.length === 0) this.write('$$$settings', [ownEvent('$metadata')]);
  }

  stream(name: string): readonly Kept[] {
    return this.streams.get(name) ?? [];
  }

  append(stream: string, expected: Expected, proposed: readonly Proposed[]): Outcome {
    const there = this.stream(stream);
    const current = there.length - 1;
    const fits =
      expected === 'any' ||
      (expected === 'stream-exists' ? current >= 0 : current === (expected === 'no-stream' ? -1 : expected));
    const again = this.settings.forgetful === true ? undefined : this.writtenBefore(there, expected, proposed);
    if (again !== undefined) return { last: again };
    if (!fits) return { current };
    const last = this.write(stream, proposed);
    this.appends += 1;
    if (this.appends % ownEventEvery === 0) this.write('$stats-127.0.0.1:2113', [ownEvent('$statsCollected')]);
    for (const wake of [...this.waiting]) wake();
    return { last };
  }

  /** Index of the first event that stands at or after a position; undefined when no event stands there. */
  indexOf(position: number): number | undefined {
    return position === this.end ? this.events.length : this.positions.get(position);
  }

  news(call: { once(event: 'cancelled', listener: () => void): unknown }): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
      call.once('cancelled', wake);
    });
  }

  private writtenBefore(there: readonly Kept[], expected: Expected, proposed: readonly Proposed[]): Kept | undefined {
    const first =
      typeof expected === 'number'
        ? expected + 1
        : expected === 'no-stream'
          ? 0
          : there.findIndex((e) => e.id === proposed[0]?.id);
    if (first < 0 || proposed.length === 0) return undefined;
    const same = proposed.every((event, index) => there[first + index]?.id === event.id);
    return same ? there[first + proposed.length - 1] : undefined;
  }

  private write(stream: string, proposed: readonly Proposed[]): Kept {
    let revision = this.stream(stream).length;
    let end = this.end;
    const positions = proposed.map((event) => {
      const position = end;
      end += recordOverhead + event.data.length + event.metadata.length;
      return position;
    });
    const kept = proposed.map((event, index) => {
      const position = positions[index] ?? 0;
      const commit = this.settings.sharedCommit === true ? (positions.at(-1) ?? position) : position;
      return { ...event, stream, revision: revision++, position, commit };
    });
    if (this.descriptor !== undefined) {
      fs.writeSync(this.descriptor, `${JSON.stringify({ end, events: kept })}\n`);
      fs.fsyncSync(this.descriptor);
    }
    return this.take(kept, end);
  }

  private take(kept: readonly Kept[], end: number): Kept {
    for (const event of kept) {
      this.positions.set(event.commit, this.positions.get(event.commit) ?? this.events.length);
      this.events.push(event);
      const stream = this.streams.get(event.stream) ?? [];
      stream.push(event);
      this.streams.set(event.stream, stream);
    }
    this.end = end;
    const last = kept.at(-1);
    if (last === undefined) throw new Error('An append without events');
    return last;
  }

  /** What was cut short by a kill was never acknowledged: it goes. */
  private restore(file: string): void {
    const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    for (const line of whole.split('\n')) {
      if (line === '') continue;
      const { end, events }: { end: number; events: Kept[] } = JSON.parse(line);
      this.take(events, end);
    }
    if (whole.length < text.length) fs.truncateSync(file, Buffer.byteLength(whole));
  }
}

function ownEvent(type: string): Proposed {
  const data = Buffer.from('{"of":"the server"}').toString('base64');
  return { id: crypto.randomUUID(), type, contentType: 'application/json', data, metadata: '' };
}

/** Serves until the process ends. Answers the port. */
function serve(settings: StandInSettings): Promise<number> {
  const log = new Log(settings);
  const server = new grpc.Server({ 'grpc.max_receive_message_length': 17 * 1024 * 1024 });
  let port = 0;

  /** Who may not, or should ask another node: the error to answer with. */
  const refused = (metadata: grpc.Metadata): grpc.ServiceError | undefined => {
    const { credentials, leader } = settings;
    if (credentials !== undefined) {
      const expected = `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
      if (metadata.get('authorization')[0] !== expected)
        return failure(grpc.status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
    }
    if (leader !== undefined && metadata.get('requires-leader')[0] === 'true') {
      const where = { 'leader-endpoint-host': leader.host, 'leader-endpoint-port': String(leader.port) };
      return failure(grpc.status.NOT_FOUND, 'Leader info available', { exception: 'not-leader', ...where });
    }
    return undefined;
  };

  server.addService(streamsService.StreamsService, {
    read: (call: ServerWritableStream<ReadReq, ReadResp>) => {
      const no = refused(call.metadata);
      if (no !== undefined) return void call.emit('error', no);
      void read(log, call).catch((error: unknown) => call.emit('error', error));
    },
    append: (call: ServerReadableStream<AppendReq, unknown>, answer: sendUnaryData<unknown>) => {
      const no = refused(call.metadata);
      if (no !== undefined) return answer(no);
      appendSingly(log, call, answer);
    },
    batchAppend: (call: ServerDuplexStream<BatchAppendReq, unknown>) => {
      const no = refused(call.metadata);
      if (no !== undefined) return void call.emit('error', no);
      appendInBatches(log, call);
    },
  });
  server.addService(featuresService.ServerFeaturesService, {
    getSupportedMethods: (_: unknown, answer: sendUnaryData<unknown>) => {
      const supported = new features.SupportedMethods();
      supported.setEventStoreServerVersion('23.10.0-stand-in');
      for (const name of ['read', 'append', 'batchappend']) {
        const method = new features.SupportedMethod();
        method.setServiceName('event_store.client.streams.Streams');
        method.setMethodName(name);
        supported.addMethods(method);
      }
      answer(null, supported);
    },
  });
  server.addService(gossipService.GossipService, {
    read: (_: unknown, answer: sendUnaryData<unknown>) => {
      const endpoint = new gossip.EndPoint();
      endpoint.setAddress('localhost');
      endpoint.setPort(port);
      const id = new shared.UUID();
      id.setString(crypto.randomUUID());
      const member = new gossip.MemberInfo();
      member.setInstanceId(id);
      member.setIsAlive(true);
      member.setState(gossip.MemberInfo.VNodeState.LEADER);
      member.setHttpEndPoint(endpoint);
      const cluster = new gossip.ClusterInfo();
      cluster.addMembers(member);
      answer(null, cluster);
    },
  });

  const { tls } = settings;
  const safety =
    tls === undefined
      ? grpc.ServerCredentials.createInsecure()
      : grpc.ServerCredentials.createSsl(null, [{ private_key: Buffer.from(tls.key), cert_chain: Buffer.from(tls.certificate) }]);
  return new Promise((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${settings.port ?? 0}`, safety, (error, bound) => {
      if (error !== null) return reject(error);
      port = bound;
      resolve(bound);
    });
  });
}

// ── Reading

async function read(log: Log, call: ServerWritableStream<ReadReq, ReadResp>): Promise<void> {
  const options = call.request.getOptions();
  if (options === undefined) throw failure(grpc.status.INVALID_ARGUMENT, 'No options');
  const backwards = options.getReadDirection() === messages.ReadReq.Options.ReadDirection.BACKWARDS;
  const stream = options.getStream();
  if (stream !== undefined) return readStream(log, call, stream, backwards, Number(options.getCount()));
  const all = options.getAll();
  if (all === undefined) throw failure(grpc.status.INVALID_ARGUMENT, 'Neither a stream nor $all');
  const start = startIn(log, all);
  if (options.hasSubscription()) return subscribe(log, call, start, options.getFilter());
  // Backwards a position means what stands before it; the events below it are those with a smaller index.
  const events = backwards ? log.events.slice(0, start).reverse() : log.events.slice(start);
  for (const event of events.slice(0, countOf(options.getCount()))) await send(call, withEvent(event));
  call.end();
}

function startIn(log: Log, all: ReadReq.Options.AllOptions): number {
  const position = all.getPosition();
  if (all.hasStart()) return 0;
  if (position === undefined) return log.events.length;
  const index = log.indexOf(Number(position.getCommitPosition()));
  if (index === undefined) throw failure(grpc.status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');
  return index;
}

async function readStream(
  log: Log,
  call: ServerWritableStream<ReadReq, ReadResp>,
  options: ReadReq.Options.StreamOptions,
  backwards: boolean,
  count: number,
): Promise<void> {
  const name = options.getStreamIdentifier();
  const events = log.stream(nameOf(name));
  if (events.length === 0) {
    const missing = new messages.ReadResp.StreamNotFound();
    missing.setStreamIdentifier(name);
    const answer = new messages.ReadResp();
    answer.setStreamNotFound(missing);
    await send(call, answer);
    return void call.end();
  }
  const from = options.hasRevision() ? Number(options.getRevision()) : options.hasEnd() ? events.length - 1 : 0;
  const chosen = backwards ? events.slice(0, from + 1).reverse() : events.slice(from);
  for (const event of chosen.slice(0, countOf(String(count)))) await send(call, withEvent(event));
  call.end();
}

/** Catches up, says so, and goes on with what is appended. */
async function subscribe(
  log: Log,
  call: ServerWritableStream<ReadReq, ReadResp>,
  start: number,
  filter: ReadReq.Options.FilterOptions | undefined,
): Promise<void> {
  const matches = matcherOf(filter);
  const interval =
    filter === undefined ? Number.POSITIVE_INFINITY : (filter.getMax() || 32) * filter.getCheckpointintervalmultiplier();
  const position = call.request.getOptions()?.getAll()?.getPosition();
  const confirmation = new messages.ReadResp.SubscriptionConfirmation();
  confirmation.setSubscriptionId(crypto.randomUUID());
  const confirmed = new messages.ReadResp();
  confirmed.setConfirmation(confirmation);
  await send(call, confirmed);
  // A subscription begins after its position, a read at it.
  let next = position === undefined ? start : start + 1;
  let considered = 0;
  let windowStart = next;
  let matched: Kept | undefined;
  let live = false;
  while (!call.cancelled) {
    for (let event = log.events[next]; event !== undefined && !call.cancelled; event = log.events[next]) {
      next += 1;
      considered += 1;
      if (matches(event)) {
        matched = event;
        await send(call, withEvent(event));
      }
      if (considered < interval) continue;
      // While catching up the real server names the page's last match or, without one, the page's beginning: between two events.
      const at = live
        ? [event.commit, event.position]
        : matched === undefined
          ? [log.events[windowStart]?.commit ?? 0, 0]
          : [matched.commit, matched.position];
      await send(call, checkpointAt(at[0] ?? 0, at[1] ?? 0));
      considered = 0;
      windowStart = next;
      matched = undefined;
    }
    if (!live && !call.cancelled) {
      live = true;
      const caughtUp = new messages.ReadResp();
      caughtUp.setCaughtUp(new messages.ReadResp.CaughtUp());
      await send(call, caughtUp);
    }
    if (log.events[next] === undefined) await log.news(call);
  }
}

function matcherOf(filter: ReadReq.Options.FilterOptions | undefined): (event: Kept) => boolean {
  const streams = filter?.getStreamIdentifier();
  const expression = streams ?? filter?.getEventType();
  if (expression === undefined) return () => true;
  const regex = expression.getRegex() === '' ? undefined : new RegExp(expression.getRegex());
  const prefixes = expression.getPrefixList();
  return (event) => {
    const text = streams === undefined ? event.type : event.stream;
    return regex === undefined ? prefixes.some((prefix) => text.startsWith(prefix)) : regex.test(text);
  };
}

function withEvent(event: Kept): ReadResp {
  const id = new shared.UUID();
  id.setString(event.id);
  const stream = new shared.StreamIdentifier();
  stream.setStreamName(Buffer.from(event.stream).toString('base64'));
  const recorded = new messages.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(id);
  recorded.setStreamIdentifier(stream);
  recorded.setStreamRevision(String(event.revision));
  recorded.setCommitPosition(String(event.commit));
  recorded.setPreparePosition(String(event.position));
  recorded.getMetadataMap().set('type', event.type);
  recorded.getMetadataMap().set('content-type', event.contentType);
  recorded.getMetadataMap().set('created', '17000000000000000');
  recorded.setData(event.data);
  recorded.setCustomMetadata(event.metadata);
  const readEvent = new messages.ReadResp.ReadEvent();
  readEvent.setEvent(recorded);
  readEvent.setCommitPosition(String(event.commit));
  const answer = new messages.ReadResp();
  answer.setEvent(readEvent);
  return answer;
}

function checkpointAt(commit: number, prepare: number): ReadResp {
  const checkpoint = new messages.ReadResp.Checkpoint();
  checkpoint.setCommitPosition(String(commit));
  checkpoint.setPreparePosition(String(prepare));
  const answer = new messages.ReadResp();
  answer.setCheckpoint(checkpoint);
  return answer;
}

/** Waits while the reader is slower than the log. */
async function send(call: ServerWritableStream<ReadReq, ReadResp>, answer: ReadResp): Promise<void> {
  if (call.cancelled || call.write(answer)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      call.off('drain', go).off('cancelled', go);
      resolve();
    };
    call.on('drain', go).on('cancelled', go);
  });
}

function countOf(count: string): number {
  const number = Number(count);
  return Number.isSafeInteger(number) && number > 0 ? number : Number.MAX_SAFE_INTEGER;
}

// ── Appending

function appendSingly(log: Log, call: ServerReadableStream<AppendReq, unknown>, answer: sendUnaryData<unknown>): void {
  let options: AppendReq.Options | undefined;
  const proposed: Proposed[] = [];
  call.on('data', (request: AppendReq) => {
    const message = request.getProposedMessage();
    if (message !== undefined) proposed.push(proposedOf(message));
    else options = request.getOptions();
  });
  call.on('end', () => {
    if (options === undefined) return answer(failure(grpc.status.INVALID_ARGUMENT, 'No options'));
    if (bytesOf(proposed) > maxAppendBytes) {
      const size = { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(maxAppendBytes) };
      return answer(failure(grpc.status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded', size));
    }
    const stream = nameOf(options.getStreamIdentifier());
    const expected = options.hasRevision()
      ? Number(options.getRevision())
      : options.hasNoStream()
        ? 'no-stream'
        : options.hasAny()
          ? 'any'
          : 'stream-exists';
    const outcome = log.append(stream, expected, proposed);
    const response = new messages.AppendResp();
    if ('last' in outcome) {
      const position = new messages.AppendResp.Position();
      position.setCommitPosition(String(outcome.last.commit));
      position.setPreparePosition(String(outcome.last.position));
      const success = new messages.AppendResp.Success();
      success.setCurrentRevision(String(outcome.last.revision));
      success.setPosition(position);
      response.setSuccess(success);
    } else {
      const wrong = new messages.AppendResp.WrongExpectedVersion();
      if (outcome.current < 0) wrong.setCurrentNoStream(new shared.Empty());
      else wrong.setCurrentRevision(String(outcome.current));
      if (typeof expected === 'number') wrong.setExpectedRevision(String(expected));
      else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
      else wrong.setExpectedAny(new shared.Empty());
      response.setWrongExpectedVersion(wrong);
    }
    answer(null, response);
  });
}

function appendInBatches(log: Log, call: ServerDuplexStream<BatchAppendReq, unknown>): void {
  const begun = new Map<string, { readonly options: BatchAppendReq.Options; readonly proposed: Proposed[] }>();
  call.on('data', (request: BatchAppendReq) => {
    const correlation = request.getCorrelationId();
    const key = correlation?.getString() ?? '';
    const options = request.getOptions();
    if (options !== undefined) begun.set(key, { options, proposed: [] });
    const batch = begun.get(key);
    if (batch === undefined) return;
    batch.proposed.push(...request.getProposedMessagesList().map(proposedOf));
    if (!request.getIsFinal()) return;
    begun.delete(key);
    const name = batch.options.getStreamIdentifier();
    const expected = batch.options.hasStreamPosition()
      ? Number(batch.options.getStreamPosition())
      : batch.options.hasNoStream()
        ? 'no-stream'
        : batch.options.hasAny()
          ? 'any'
          : 'stream-exists';
    const outcome = log.append(nameOf(name), expected, batch.proposed);
    const response = new messages.BatchAppendResp();
    response.setCorrelationId(correlation);
    response.setStreamIdentifier(name);
    if ('last' in outcome) {
      const position = new shared.AllStreamPosition();
      position.setCommitPosition(String(outcome.last.commit));
      position.setPreparePosition(String(outcome.last.position));
      const success = new messages.BatchAppendResp.Success();
      success.setCurrentRevision(String(outcome.last.revision));
      success.setPosition(position);
      response.setSuccess(success);
    } else {
      const wrong = new shared.WrongExpectedVersion();
      if (outcome.current >= 0) wrong.setCurrentStreamRevision(String(outcome.current));
      if (typeof expected === 'number') wrong.setExpectedStreamPosition(String(expected));
      const error = statusWith('event_store.client.WrongExpectedVersion', wrong.serializeBinary());
      response.setError(error);
    }
    call.write(response);
  });
  call.on('end', () => call.end());
  call.on('error', () => {});
}

/** google.rpc.Status with one detail (google.protobuf.Any), whose classes the client does not ship: short fields, each with its length. */
function statusWith(type: string, value: Uint8Array): InstanceType<typeof status.Status> {
  const field = (number: number, bytes: Uint8Array) => Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
  const detail = Buffer.concat([field(1, Buffer.from(`type.googleapis.com/${type}`)), field(2, value)]);
  return status.Status.deserializeBinary(field(3, detail));
}

function proposedOf(message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage): Proposed {
  return {
    id: message.getId()?.getString() ?? '',
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: message.getData_asB64(),
    metadata: message.getCustomMetadata_asB64(),
  };
}

function bytesOf(proposed: readonly Proposed[]): number {
  return proposed.reduce((sum, { data }) => sum + (data.length * 3) / 4, 0);
}

function nameOf(identifier: { getStreamName_asU8(): Uint8Array } | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

function failure(code: grpc.status, details: string, about: Readonly<Record<string, string>> = {}): grpc.ServiceError {
  const metadata = new grpc.Metadata();
  for (const [key, value] of Object.entries(about)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
}

const port = await serve(JSON.parse(process.argv[2] ?? '{}'));
process.send?.({ port });
// Its tests end it; should they be killed, it does not stay.
process.on('disconnect', () => process.exit(0));
if (process.send === undefined) console.log(`The stand-in listens on esdb://127.0.0.1:${port}?tls=false`);
