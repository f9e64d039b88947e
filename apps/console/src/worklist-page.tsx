/** What waits for whom, in the four groups of urgency; the last column is what to do next. */

import { Button, Checkbox, NativeSelect, SegmentedControl, Skeleton } from '@mantine/core';
import { IconAlertTriangle, IconClock, IconDownload, IconHourglassHigh, IconScale } from '@tabler/icons-react';
import { createColumnHelper, tableFeatures, useTable } from '@tanstack/react-table';
import { type ComponentType, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { commandSentences } from '#domain/case/sentences.js';
import { type Stage, stageNames } from '#domain/case/state.js';
import { useRegister, useWorklist, WORK_PAGE, type WorkFilter, type WorkGroup, type WorkItem, workGroups } from './api.js';
import { BulkAssign } from './bulk-assign.js';
import { may, useWho } from './frame.js';
import { useRowKeys } from './keyboard.js';
import { LawQueue } from './law-queue.js';
import { SavedViews } from './saved-views.js';
import { PageTitle, Trouble } from './trouble.js';
import { useSpeech } from './words.js';

/** `decisions`: only what lies in review, for those who decide. */
export function WorklistPage({ decisions = false }: { readonly decisions?: boolean }) {
  const { t, say, language } = useSpeech();
  const who = useWho();
  const [query, setQuery] = useSearchParams();
  // Who has cases of their own begins with them; who looks over others' begins with all.
  const mine = !decisions && (query.get('tampilan') ?? (may(who, 'BeginScreening') ? 'saya' : 'semua')) === 'saya';
  const stage = decisions ? 'review' : (query.get('tahap') ?? undefined);
  const list = useWorklist({ mine, stage });
  const change = (name: string, value: string): void => {
    const changed = new URLSearchParams(query);
    if (value === '') changed.delete(name);
    else changed.set(name, value);
    setQuery(changed, { replace: true });
  };
  const items = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  // As they stood when they were chosen: the list changes by itself, and what was chosen must not change or vanish with it.
  const [selected, setSelected] = useState<ReadonlyMap<string, WorkItem>>(new Map());
  const [assigning, setAssigning] = useState(false);
  const assigns = !decisions && may(who, 'AssignOfficer');
  const toggle = (caseId: string): void => {
    const item = items.find((one) => one.caseId === caseId);
    setSelected((before) => {
      const after = new Map(before);
      if (!after.delete(caseId) && item !== undefined) after.set(caseId, item);
      return after;
    });
  };
  const toggleFocused = (): void => {
    const caseId = focusedCase();
    if (caseId !== undefined) toggle(caseId);
  };
  useRowKeys(assigns ? { x: toggleFocused, a: () => setAssigning(selected.size > 0) } : {});
  const counts = list.data?.pages[0]?.counts;
  const inReview = list.data?.pages[0]?.inReview ?? 0;
  const total = counts === undefined ? 0 : workGroups.reduce((sum, group) => sum + counts[group], 0);
  return (
    <>
      <PageTitle
        aside={
          !decisions && (
            <div className="row">
              {assigns && (
                <Button size="xs" variant="default" disabled={selected.size === 0} onClick={() => setAssigning(true)}>
                  {t('bulk.open', { n: selected.size })}
                </Button>
              )}
              <SegmentedControl
                size="xs"
                aria-label={t('work.view')}
                value={mine ? 'saya' : 'semua'}
                onChange={(value) => change('tampilan', value)}
                data={[
                  { value: 'saya', label: t('work.mine') },
                  { value: 'semua', label: t('work.all') },
                ]}
              />
              <NativeSelect
                size="xs"
                aria-label={t('work.stage')}
                value={stage ?? ''}
                onChange={({ currentTarget: { value } }) => change('tahap', value)}
                data={[
                  {
                    value: '',
                    label: `${t('work.stage')}: ${t(may(who, 'ApproveDetermination') ? 'work.anyStage' : 'work.anyStageToDo')}`,
                  },
                  ...Object.entries(stageNames).map(([code, name]) => ({ value: code, label: say(name) })),
                ]}
              />
              <SavedViews query={query} choose={(chosen) => setQuery(new URLSearchParams(chosen), { replace: true })} />
              {may(who, 'ExportCases') &&
                (['csv', 'xlsx'] as const).map((format) => (
                  <Button
                    key={format}
                    component="a"
                    href={`/worklist/${format}?${new URLSearchParams({
                      ...(mine ? { mine: 'true' } : {}),
                      ...(stage === undefined ? {} : { stage }),
                      lang: language,
                    })}`}
                    download
                    size="xs"
                    variant="subtle"
                    leftSection={<IconDownload size={15} aria-hidden />}
                  >
                    {format.toUpperCase()}
                  </Button>
                ))}
            </div>
          )
        }
      >
        {decisions ? t('work.decisions') : t('work.title')}
      </PageTitle>
      {list.data?.pages[0]?.alerts.map((alert) => (
        <p key={alert.id} className="alert">
          <IconAlertTriangle size={14} aria-hidden /> <Link to="/pelimpahan">{say(alert)}</Link>
        </p>
      ))}
      {!decisions && may(who, 'ApproveDetermination') && <LawQueue />}
      {list.error !== null && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={220} aria-label={t('app.loading')} />}
      {inReview > 0 && (
        <p className="in-review">
          <IconScale size={16} aria-hidden />{' '}
          <Link to={`/?${new URLSearchParams({ tampilan: mine ? 'saya' : 'semua', tahap: 'review' })}`}>
            {t('work.inReview', { n: inReview })}
          </Link>
        </p>
      )}
      {counts !== undefined && total === 0 && <Empty mine={mine} stage={stage} decisions={decisions} othersWait={inReview > 0} />}
      {counts !== undefined && total > 0 && (
        <>
          {assigning && (
            <BulkAssign
              items={[...selected.values()]}
              done={(assigned) => setSelected((before) => new Map([...before].filter(([one]) => !assigned.includes(one))))}
            />
          )}
          <Groups items={items} counts={counts} {...(assigns ? { selection: { selected, toggle } } : {})} />
          <div className="row more">
            <span role="status">{t('work.shown', { shown: items.length, total })}</span>
            {list.hasNextPage && (
              <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('work.more', { n: Math.min(WORK_PAGE, total - items.length) })}
              </Button>
            )}
          </div>
        </>
      )}
    </>
  );
}

interface EmptyProps extends WorkFilter {
  readonly decisions: boolean;
  /** There are cases all the same, which others are to decide. */
  readonly othersWait: boolean;
}

function Empty({ mine, stage, decisions, othersWait }: EmptyProps) {
  const { t } = useSpeech();
  const who = useWho();
  const nobodys = mine && stage === undefined;
  return (
    <div className="empty">
      <p>{t(decisions ? 'work.emptyDecisions' : othersWait ? 'work.emptyToDo' : nobodys ? 'work.emptyMine' : 'work.empty')}</p>
      {!decisions && (mine || may(who, 'OpenDraft')) && (
        <Button component={Link} to={mine ? '/?tampilan=semua' : '/baru'}>
          {mine ? t('work.emptyMineNext') : t('work.emptyIntake')}
        </Button>
      )}
    </div>
  );
}

const GROUP_ICONS: { readonly [G in WorkGroup]: ComponentType<{ size: number; 'aria-hidden': boolean }> } = {
  'beyond-repair': IconScale,
  overdue: IconAlertTriangle,
  'due-soon': IconHourglassHigh,
  later: IconClock,
};

const features = tableFeatures({});
const helper = createColumnHelper<typeof features, WorkItem>();
const columns = helper.columns([
  helper.accessor('reference', { id: 'case', cell: ({ row }) => <CaseCell item={row.original} /> }),
  helper.accessor('stage', { cell: ({ row }) => <StageCell stage={row.original.stage} /> }),
  helper.accessor('nextDueOn', { id: 'due', cell: ({ row }) => <DueCell item={row.original} /> }),
  helper.accessor('officer', { cell: ({ row }) => <OfficerCell item={row.original} /> }),
  helper.accessor('nextAct', { id: 'next', cell: ({ row }) => <NextCell item={row.original} /> }),
]);
const HEADINGS = ['work.case', 'work.stage', 'work.due', 'work.officer', 'work.next'] as const;

function Groups({
  items,
  counts,
  selection,
}: {
  readonly items: readonly WorkItem[];
  readonly counts: { readonly [G in WorkGroup]: number };
  /** For those who assign cases. */
  readonly selection?: { readonly selected: ReadonlyMap<string, WorkItem>; readonly toggle: (caseId: string) => void };
}) {
  const { t } = useSpeech();
  const table = useTable({ features, columns, data: items, getRowId: (item) => item.caseId });
  const { rows } = table.getRowModel();
  const groups = workGroups.map((group) => ({ group, rows: rows.filter((row) => row.original.group === group) }));
  return (
    <table className="list">
      <thead>
        <tr>
          {selection !== undefined && (
            <th scope="col">
              <span className="hidden">{t('bulk.pick')}</span>
            </th>
          )}
          {HEADINGS.map((heading) => (
            <th key={heading} scope="col">
              {t(heading)}
            </th>
          ))}
        </tr>
      </thead>
      {groups.map(({ group, rows: inGroup }) => {
        const Icon = GROUP_ICONS[group];
        return inGroup.length === 0 ? null : (
          <tbody key={group} className={`group ${group}`}>
            <tr className="group-head">
              <th scope="rowgroup" colSpan={columns.length + (selection === undefined ? 0 : 1)}>
                <Icon size={16} aria-hidden />
                {t(`group.${group}`)} ({counts[group]})
              </th>
            </tr>
            {inGroup.map((row) => (
              <tr key={row.id}>
                {selection !== undefined && (
                  <td className="pick">
                    <Checkbox
                      size="xs"
                      aria-label={t('bulk.select', { reference: row.original.reference })}
                      checked={selection.selected.has(row.id)}
                      onChange={() => selection.toggle(row.id)}
                    />
                  </td>
                )}
                {row.getAllCells().map((cell) => (
                  <td key={cell.id}>
                    <table.FlexRender cell={cell} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        );
      })}
    </table>
  );
}

interface Cell {
  readonly item: WorkItem;
}

function CaseCell({ item }: Cell) {
  const { t, say, time } = useSpeech();
  const { zoneOf } = useRegister();
  return (
    <>
      <Link className="reference row-link" data-case={item.caseId} to={`/perkara/${item.caseId}`}>
        {item.reference}
      </Link>
      <span className="dim">
        {item.procedure}
        {item.imported && ` · ${t('work.imported')}`}
      </span>
      {item.held !== undefined && (
        <strong>
          <IconHourglassHigh size={14} aria-hidden />{' '}
          {t('held.inList', {
            act: say(commandSentences[item.held.act]),
            until: time(Date.parse(item.held.until), zoneOf(item.office)),
          })}
        </strong>
      )}
      {item.alerts.map((alert) => (
        <strong key={alert.id} className="alert">
          <IconAlertTriangle size={14} aria-hidden /> {say(alert)}
        </strong>
      ))}
    </>
  );
}

function StageCell({ stage }: { readonly stage: Stage }) {
  const { say } = useSpeech();
  return <span>{say(stageNames[stage])}</span>;
}

function DueCell({ item }: Cell) {
  const { t, say, day } = useSpeech();
  if (item.left === undefined || item.nextDueOn === null) return <span className="dim">{t('work.noClock')}</span>;
  return (
    <>
      <strong className="left">
        {say(item.left)}
        {item.escalated && ` · ${t('work.escalated')}`}
      </strong>
      <span className="dim">
        {day(item.nextDueOn)}
        {item.clockName !== undefined && ` · ${say(item.clockName)}`}
      </span>
    </>
  );
}

function OfficerCell({ item }: Cell) {
  const { t } = useSpeech();
  const { officialName } = useRegister();
  return item.officer === null ? <span className="dim">{t('work.unassigned')}</span> : <span>{officialName(item.officer)}</span>;
}

function NextCell({ item: { nextAct } }: Cell) {
  const { t, say } = useSpeech();
  if (nextAct === undefined) return <span className="dim">{t('work.waits')}</span>;
  return (
    <>
      <span className="next">{say(nextAct.sentence)}</span>
      {nextAct.about !== undefined && <span className="dim">{say(nextAct.about)}</span>}
    </>
  );
}

/** Of the row whose link has the focus. */
function focusedCase(): string | undefined {
  return document.activeElement instanceof HTMLElement ? document.activeElement.dataset.case : undefined;
}
