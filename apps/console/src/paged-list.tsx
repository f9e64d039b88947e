/** A list that comes page by page: waiting, trouble, nothing there and what to do then, the rows, and the way to more. */
import { Button, SegmentedControl, Skeleton } from '@mantine/core';
import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { Trouble } from './trouble.js';
import { useSpeech } from './words.js';

interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
}
type Pages<T> = UseInfiniteQueryResult<InfiniteData<Page<T>>>;

/** `find` asks for one page: the first, or the one `after` a cursor. */
export function usePages<T>(
  queryKey: readonly unknown[],
  find: (after: { readonly after?: string }) => Promise<Page<T>>,
): Pages<T> {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => find(pageParam === '' ? {} : { after: pageParam }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next,
  });
}

interface PagedListProps<T> {
  readonly list: Pages<T>;
  /** What is said where nothing is there. */
  readonly empty: string;
  readonly children: (items: readonly T[]) => ReactNode;
}

export function PagedList<T>({ list, empty, children }: PagedListProps<T>) {
  const { t } = useSpeech();
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {list.error !== null && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={220} aria-label={t('app.loading')} />}
      {list.data !== undefined && items.length === 0 && <p className="empty">{empty}</p>}
      {items.length > 0 && children(items)}
      {list.hasNextPage && (
        <div className="row more">
          <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('inbox.more')}
          </Button>
        </div>
      )}
    </>
  );
}

/** Which of a list is shown, as the address says it; the first unless it says another. */
export function useStatus<S extends string>(statuses: readonly [S, ...S[]]): S {
  const [query] = useSearchParams();
  return statuses.find((one) => one === query.get('keadaan')) ?? statuses[0];
}

interface StatusesProps<S extends string> {
  readonly statuses: readonly S[];
  readonly status: S;
  readonly label: (status: S) => string;
  /** What is chosen between, for who does not see it; states unless told. */
  readonly which?: string;
}

export function Statuses<S extends string>({ statuses, status, label, which }: StatusesProps<S>) {
  const { t } = useSpeech();
  const [, setQuery] = useSearchParams();
  return (
    <SegmentedControl
      size="xs"
      aria-label={which ?? t('glass.which')}
      value={status}
      onChange={(value) => setQuery({ keadaan: value }, { replace: true })}
      data={statuses.map((value) => ({ value, label: label(value) }))}
    />
  );
}
