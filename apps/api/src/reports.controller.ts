/** Reports: the evaluation of each office over a period as known on a date, referrals by area, the load of today, and lists as files to keep. */
import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { formatDay, parseDay } from '#domain/calendar/day.js';
import { dateIn, zoneOf } from '#domain/case/clock-events.js';
import { stageNames } from '#domain/case/state.js';
import { dayText } from '#domain/clock/explain-due.js';
import type { Code, DateOn, Text } from '#domain/event.js';
import type { OfficeKind } from '#domain/office/office.js';
import { actorOn } from '#domain/office/official.js';
import { outcomeNameIn } from '#domain/procedure/procedure.js';
import {
  ageNames,
  endOfDay,
  evidenceOf,
  figureNames,
  LEAST_TOLD,
  type OfficeEvidence,
  type OfficeFigures,
  type SemesterReport,
  SemesterTally,
  semesterOf,
  summed,
  type ToldFigures,
  together,
  toldFigures,
  withheldSmall,
} from '#domain/report/semester.js';
import { kabupatenNames } from '#domain/vocabulary.js';
import { CaseDesk } from '#event-store/case-desk.js';
import { countReferralsByArea, findLoad, reportedCases } from '#read-models/semester.js';
import { MOST_WORKLIST_ROWS, type WorklistPage } from '#read-models/worklist.js';
import { officialOf } from './case.controller.js';
import { asFile } from './case-audit.controller.js';
import { isCalendarDate } from './fields.js';
import { oneOf, worklistQuery } from './lists.controller.js';
import { malformed } from './problem-details.js';
import { FindWorklist, officesInScope, refuseUnknown } from './queries.js';
import { csvOf, fileFormats, mediaTypes, pdfOf, type Sheet, xlsxOf } from './report-file.js';
import { May, type SignedInRequest } from './sign-in.js';
import { OpenLogToken, type Tegas } from './tegas.js';

/** Offices that examine, and those above that decide. */
const REPORTED_KINDS: readonly OfficeKind[] = ['regional-office', 'immigration-office', 'immigration-post', 'border-post'];
const LONGEST_DAYS = 5 * 366;

const tables = ['offices', 'officers', 'evidence', 'areas'] as const;
type Tables = (typeof tables)[number];

interface Asked {
  readonly from: DateOn;
  readonly to: DateOn;
  /** What was recorded by the end of this date counts. */
  readonly knownOn: DateOn;
}

interface AreaCounts {
  readonly area: Code | null;
  readonly referrals: number | null;
  readonly indicated: number | null;
}

interface Evaluation extends Omit<SemesterReport, 'offices'> {
  readonly asked: Asked;
  readonly offices: readonly ToldFigures[];
  readonly names: { readonly [office: Code]: string };
  /** Of every outcome that was determined. */
  readonly outcomes: { readonly [outcome: Code]: Text };
  readonly evidence: readonly OfficeEvidence[];
}

type Language = keyof Text;

@ApiTags('reports')
@ApiBearerAuth()
@Controller()
export class ReportsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly desk: CaseDesk,
    @Inject(OpenLogToken) private readonly tegas: Tegas,
  ) {}

  @May('ReadReports')
  @Get('reports/semester')
  @ApiOperation({
    summary:
      'Each office and post in your scope over a period, as known on a date: intake, determinations, backlog, workload, evidence',
  })
  @ApiQuery({ name: 'from', required: false, description: 'The first day; this semester’s unless given' })
  @ApiQuery({ name: 'to', required: false, description: 'The last day' })
  @ApiQuery({
    name: 'knownOn',
    required: false,
    description: 'What was recorded by the end of this date counts; today unless given',
  })
  async semester(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['from', 'to', 'knownOn']);
    return this.evaluate(this.askedIn(query), request);
  }

  @May('ReadReports')
  @Get('reports/semester/:format')
  @ApiOperation({ summary: 'The same as a file: csv (one table of it), xlsx or pdf' })
  @ApiParam({ name: 'format', enum: [...fileFormats] })
  @ApiQuery({ name: 'from', required: false })
  @ApiQuery({ name: 'to', required: false })
  @ApiQuery({ name: 'knownOn', required: false })
  @ApiQuery({ name: 'lang', required: false, enum: ['id', 'en'] })
  @ApiQuery({
    name: 'table',
    required: false,
    enum: [...tables],
    description: 'Of a csv: which; offices unless given',
  })
  async semesterFile(
    @Param('format') format: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, ['from', 'to', 'knownOn', 'lang', 'table']);
    const chosen = oneOf('format', format, fileFormats) ?? 'csv';
    const table = oneOf('table', query.table, tables) ?? 'offices';
    const lang = oneOf('lang', query.lang, ['id', 'en']) ?? 'id';
    const asked = this.askedIn(query);
    const evaluation = await this.evaluate(asked, request);
    const areas = await this.countAreas(asked, request);
    const named = (official: string | null): string =>
      official === null ? nobody[lang] : (this.desk.registry.state.officials.get(official)?.name ?? official);
    const sheets = { ...sheetsOf(evaluation, lang, named), areas: areaSheet(areas, lang) };
    const { from, to, knownOn } = asked;
    const title = { id: 'Evaluasi semester', en: 'Semester evaluation' }[lang];
    const said = {
      id: `Perkara ${dayText(from).id} sampai ${dayText(to).id}, menurut yang diketahui pada akhir ${dayText(knownOn).id}.`,
      en: `Cases of ${dayText(from).en} to ${dayText(to).en}, as known at the end of ${dayText(knownOn).en}.`,
    }[lang];
    const file =
      chosen === 'csv'
        ? csvOf(sheets[table])
        : chosen === 'xlsx'
          ? await xlsxOf(Object.values(sheets))
          : await pdfOf(title, [said, noClasses[lang], fewWithheld[lang]], halved(sheets), this.tegas.time.now());
    // Of a csv the table too: all of them may be kept beside one another.
    const of = chosen === 'csv' ? `${sheets[table].name.toLowerCase().replaceAll(' ', '-')}-` : '';
    return asFile(
      reply,
      `tegas-${of}${from}-${to}-${{ id: 'diketahui', en: 'known' }[lang]}-${knownOn}.${chosen}`,
      mediaTypes[chosen],
    ).send(file);
  }

  @May('ReadReports')
  @Get('reports/areas')
  @ApiOperation({
    summary:
      'Village referrals and trafficking indicators by area, without personal data; counts from 1 to 4 are withheld (null)',
  })
  @ApiQuery({ name: 'from', required: false })
  @ApiQuery({ name: 'to', required: false })
  async areas(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, ['from', 'to']);
    const asked = this.askedIn(query);
    return { from: asked.from, to: asked.to, leastTold: LEAST_TOLD, items: await this.countAreas(asked, request) };
  }

  /** Of a count that would tell who is meant: null. */
  private async countAreas({ from, to }: Asked, request: SignedInRequest): Promise<readonly AreaCounts[]> {
    const { offices } = this.desk.registry.state;
    const counts = await countReferralsByArea(this.tegas.readModels, {
      officesInScope: this.scopeOf(request),
      from: endOfDay(formatDay(parseDay(from) - 1), offices, ''),
      to: endOfDay(to, offices, ''),
    });
    const [referrals, indicated] = [counts.map((one) => one.referrals), counts.map((one) => one.indicated)].map(withheldSmall);
    return counts.map(({ area }, at) => ({ area, referrals: referrals?.[at] ?? null, indicated: indicated?.[at] ?? null }));
  }

  @May('ReadReports')
  @Get('reports/load')
  @ApiOperation({
    summary: 'What is open at each office in your scope now, by officer: overdue, due soon, where the law has acted',
  })
  async load(@Query() query: Record<string, string>, @Req() request: SignedInRequest) {
    refuseUnknown(query, []);
    return { items: await findLoad(this.tegas.readModels, { officesInScope: this.scopeOf(request), at: this.tegas.time.now() }) };
  }

  @May('ExportCases')
  @Get('worklist/:format')
  @ApiOperation({ summary: `The worklist as a file, by the same filters: csv or xlsx, the first ${MOST_WORKLIST_ROWS} cases` })
  @ApiParam({ name: 'format', enum: ['csv', 'xlsx'] })
  @ApiQuery({ name: 'mine', required: false })
  @ApiQuery({ name: 'stage', required: false, enum: Object.keys(stageNames) })
  @ApiQuery({ name: 'procedure', required: false })
  @ApiQuery({ name: 'group', required: false })
  @ApiQuery({ name: 'escalated', required: false })
  @ApiQuery({ name: 'lang', required: false, enum: ['id', 'en'] })
  async worklistFile(
    @Param('format') format: string,
    @Query() query: Record<string, string>,
    @Req() request: SignedInRequest,
    @Res() reply: FastifyReply,
  ) {
    refuseUnknown(query, ['mine', 'stage', 'procedure', 'group', 'escalated', 'lang']);
    const chosen = oneOf('format', format, ['csv', 'xlsx']) ?? 'csv';
    const { lang: asked, ...filter } = query;
    const lang = oneOf('lang', asked, ['id', 'en']) ?? 'id';
    const sheet = await this.worklistSheet(filter, lang, request);
    const file = chosen === 'csv' ? csvOf(sheet) : await xlsxOf([sheet]);
    return asFile(reply, `tegas-${dateIn(zoneOf(new Map(), ''), this.tegas.time.now())}.${chosen}`, mediaTypes[chosen]).send(
      file,
    );
  }

  private async worklistSheet(filter: Record<string, string>, lang: Language, request: SignedInRequest): Promise<Sheet> {
    const { offices, officials } = this.desk.registry.state;
    const asked = { ...worklistQuery(filter), limit: MOST_WORKLIST_ROWS };
    const { items } = (await this.queries.execute(new FindWorklist(officialOf(request), asked))) as SaidPage;
    const rows = items.map((item): Sheet['rows'][number] => [
      item.reference,
      item.procedure,
      item.stage in stageNames ? stageNames[item.stage][lang] : item.stage,
      offices.get(item.office)?.name ?? item.office,
      item.officer === null ? '' : (officials.get(item.officer)?.name ?? item.officer),
      item.nextDueOn ?? '',
      item.left?.[lang] ?? '',
      item.clockName?.[lang] ?? '',
      groupNames[item.group][lang],
      item.escalated ? yes[lang] : '',
      item.alerts.map((alert) => alert[lang]).join('; '),
      dateIn(zoneOf(offices, item.office), item.openedAt),
      item.lodgedAt === null ? '' : dateIn(zoneOf(offices, item.office), item.lodgedAt),
    ]);
    return {
      name: { id: 'Daftar kerja', en: 'Worklist' }[lang],
      headings: worklistHeadings[lang],
      rows,
    };
  }

  private async evaluate(asked: Asked, request: SignedInRequest): Promise<Evaluation> {
    const { offices, officials, procedures } = this.desk.registry.state;
    const scope = this.scopeOf(request);
    // What is left is what was left when it was last known: nobody knows how old it will be.
    const { from, knownOn } = asked;
    const [to = knownOn] = [asked.to, knownOn].toSorted();
    const tally = new SemesterTally(offices, { from, to });
    const knownAt = endOfDay(asked.knownOn, offices, '');
    for await (const events of reportedCases(this.tegas.readModels, { officesInScope: scope, knownAt })) tally.add(events);
    const counted = tally.report();
    // A case also counts where it was before it came here: that office is another's to see.
    const seen = (office: Code): boolean => scope.includes(office);
    const kinds = [...offices.values()].filter(({ code, kind }) => seen(code) && REPORTED_KINDS.includes(kind));
    const known = new Map(counted.offices.filter(({ office }) => seen(office)).map((one) => [one.office, one]));
    const codes = [...new Set([...kinds.map(({ code }) => code), ...known.keys()])];
    const figures = codes.map((code): OfficeFigures => known.get(code) ?? together(code, []));
    const caseOfficers = [...officials.values()].flatMap((official) =>
      actorOn(official, to).capacities.flatMap(({ role, office }) => (role === 'case-officer' ? [office] : [])),
    );
    const evidence = evidenceOf(figures, offices, to, (office) => caseOfficers.filter((one) => one === office).length);
    return {
      asked,
      offices: toldFigures(figures),
      officers: counted.officers.filter(({ office }) => seen(office)),
      evidence: evidence.filter(({ office }) => seen(office)),
      names: Object.fromEntries(codes.map((code) => [code, offices.get(code)?.name ?? code])),
      outcomes: Object.fromEntries(
        [...new Set(figures.flatMap(({ determined }) => Object.keys(determined)))]
          .toSorted()
          .map((outcome) => [outcome, outcomeNameIn([...procedures.values()].flat(), outcome)]),
      ),
    };
  }

  private scopeOf(request: SignedInRequest): readonly Code[] {
    return officesInScope(this.desk, officialOf(request), this.tegas.time.now());
  }

  private askedIn({ from, to, knownOn }: Record<string, string | undefined>): Asked {
    const today = dateIn(zoneOf(this.desk.registry.state.offices, ''), this.tegas.time.now());
    const usual = semesterOf(from ?? to ?? today);
    const asked = { from: from ?? usual.from, to: to ?? usual.to, knownOn: knownOn ?? today };
    const faults = Object.entries(asked).flatMap(([path, on]) =>
      isCalendarDate(on) ? [] : [{ path, fault: 'must be a date, as 2026-06-30' }],
    );
    if (faults.length > 0) throw malformed(faults);
    const days = parseDay(asked.to) - parseDay(asked.from);
    if (days < 0 || days > LONGEST_DAYS)
      throw malformed([{ path: 'to', fault: 'must be on or after from, by five years at most' }]);
    return asked;
  }
}

/** A page of the worklist with what the query says of each case in words. */
interface SaidPage extends Omit<WorklistPage, 'items'> {
  readonly items: readonly (WorklistPage['items'][number] & {
    readonly left?: Text;
    readonly clockName?: Text;
    readonly alerts: readonly Text[];
  })[];
}

const nobody: Text = { id: 'belum ditugaskan', en: 'not assigned' };
const yes: Text = { id: 'ya', en: 'yes' };
const groupNames = {
  'beyond-repair': { id: 'Sudah berakibat hukum', en: 'The law has acted' },
  overdue: { id: 'Lewat tenggat', en: 'Overdue' },
  'due-soon': { id: 'Segera jatuh tempo', en: 'Due soon' },
  later: { id: 'Nanti', en: 'Later' },
} as const;
const worklistHeadings: { readonly [L in Language]: readonly string[] } = {
  id: [
    'Perkara',
    'Prosedur',
    'Tahap',
    'Kantor',
    'Petugas',
    'Jatuh tempo',
    'Sisa waktu',
    'Tenggat',
    'Kelompok',
    'Dieskalasi',
    'Peringatan',
    'Dibuka',
    'Diajukan',
  ],
  en: [
    'Case',
    'Procedure',
    'Stage',
    'Office',
    'Officer',
    'Due',
    'Left',
    'Clock',
    'Group',
    'Escalated',
    'Alerts',
    'Opened',
    'Lodged',
  ],
};

const noClasses: Text = {
  id: 'Kriteria kelas kantor tidak ada dalam data ini: tabel bukti menunjukkan beban, bukan putusan tentang kelas.',
  en: 'The criteria of office classes are not in these data: the table of evidence shows load, it decides no class.',
};

const fewWithheld: Text = {
  id: `Indikasi TPPO dan pelimpahan sejumlah 1 sampai ${LEAST_TOLD - 1} tidak ditampilkan (–), agar tidak ada orang yang dapat dikenali; bila hanya satu, yang terkecil berikutnya pun tidak.`,
  en: `Trafficking indicators and referrals that number 1 to ${LEAST_TOLD - 1} are not shown (–), so that nobody can be recognised; where there is only one such count, neither is the next smallest.`,
};

function areaSheet(areas: readonly AreaCounts[], lang: Language): Sheet {
  return {
    name: { id: 'Kabupaten', en: 'Areas' }[lang],
    headings: {
      id: ['Kabupaten', 'Kode', 'Pelimpahan desa', 'Dengan indikasi TPPO'],
      en: ['Area', 'Code', 'Village referrals', 'With signs of trafficking'],
    }[lang],
    rows: areas.map(({ area, referrals, indicated }) => [kabupatenNames[area ?? ''] ?? null, area, referrals, indicated]),
  };
}

function sheetsOf(
  { offices, officers, evidence, names, outcomes }: Evaluation,
  lang: Language,
  officialName: (official: string | null) => string,
): { readonly [T in Exclude<Tables, 'areas'>]: Sheet } {
  const name = (office: Code): string => names[office] ?? office;
  const words = (text: Text): string => text[lang];
  return {
    offices: {
      name: { id: 'Kantor', en: 'Offices' }[lang],
      headings: [
        { id: 'Kantor', en: 'Office' }[lang],
        ...summed.map((figure) => words(figureNames[figure])),
        ...ageNames.map(words),
        ...Object.values(outcomes).map(words),
      ],
      rows: offices.map((one) => [
        name(one.office),
        ...summed.map((figure) => one[figure]),
        ...one.backlogByAge,
        ...Object.keys(outcomes).map((outcome) => one.determined[outcome] ?? 0),
      ]),
    },
    officers: {
      name: { id: 'Petugas', en: 'Officers' }[lang],
      headings: {
        id: ['Petugas', 'Kantor', 'Terbuka', 'Lewat tenggat', 'Direkomendasikan'],
        en: ['Officer', 'Office', 'Open', 'Overdue', 'Recommended'],
      }[lang],
      rows: officers.map((one) => [officialName(one.officer), name(one.office), one.open, one.overdue, one.recommended]),
    },
    evidence: {
      name: { id: 'Bukti beban', en: 'Evidence of load' }[lang],
      headings: {
        id: [
          'Kantor dan posnya',
          'Pos',
          'Petugas',
          'Masuk',
          'Dibuka di pos',
          'Tunggakan',
          'Lewat tenggat',
          'Masuk/petugas',
          'Tunggakan/petugas',
          'Penetapan terlambat %',
        ],
        en: [
          'Office with posts',
          'Posts',
          'Officers',
          'Lodged',
          'Opened at posts',
          'Backlog',
          'Overdue',
          'Lodged/officer',
          'Backlog/officer',
          'Determined late %',
        ],
      }[lang],
      rows: evidence.map((one) => [
        name(one.office),
        one.posts.length,
        one.officers,
        one.lodged,
        one.openedAtPosts,
        one.backlog,
        one.overdue,
        one.lodgedPerOfficer,
        one.backlogPerOfficer,
        one.lateShare,
      ]),
    },
  };
}

/** A page is not as wide as the table of offices: it comes in parts, each with the offices' names. */
function halved({ offices, officers, evidence, areas }: { readonly [T in Tables]: Sheet }): readonly Sheet[] {
  const COLUMNS = 8;
  const parts: Sheet[] = [];
  for (let from = 1; from < offices.headings.length; from += COLUMNS) {
    const cut = <T>(cells: readonly T[]): readonly T[] => [...cells.slice(0, 1), ...cells.slice(from, from + COLUMNS)];
    const part = parts.length + 1;
    parts.push({ name: `${offices.name} (${part})`, headings: cut(offices.headings), rows: offices.rows.map(cut) });
  }
  return [...parts, evidence, officers, areas];
}
