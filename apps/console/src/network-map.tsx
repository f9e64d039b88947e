/** NTT's offices and posts with their load: a schema, not a map. Places stand roughly to one another; no coordinates are in the data. */
import type { ToldFigures } from '#domain/report/semester.js';
import { useSpeech } from './words.js';

interface Place {
  readonly x: number;
  readonly y: number;
  /** Above it, for a post. */
  readonly of?: string;
}

/** By kabupaten, west to east and north to south, on a field of 100 by 62. */
const PLACES: { readonly [office: string]: Place } = {
  'KANIM-LBJ': { x: 8, y: 16 },
  'POS-RUTENG': { x: 19, y: 12, of: 'KANIM-LBJ' },
  'POS-NGADA': { x: 27, y: 22, of: 'KANIM-LBJ' },
  'POS-BAJAWA': { x: 30, y: 13, of: 'KANIM-LBJ' },
  'POS-ENDE': { x: 39, y: 22, of: 'KANIM-MOF' },
  'KANIM-MOF': { x: 48, y: 14 },
  'POS-LEMBATA': { x: 61, y: 11, of: 'KANIM-MOF' },
  'POS-SUMBA': { x: 22, y: 42, of: 'KANIM-KPG' },
  'POS-ROTE': { x: 52, y: 56, of: 'KANIM-KPG' },
  'KANIM-KPG': { x: 61, y: 46 },
  'POS-OEPOLI': { x: 68, y: 36, of: 'KANIM-KPG' },
  'POS-MARITAING': { x: 78, y: 9, of: 'KANIM-KPG' },
  'POS-KEFA': { x: 77, y: 44, of: 'KANIM-ATB' },
  'PLBN-NAPAN': { x: 76, y: 31, of: 'KANIM-ATB' },
  'PLBN-WINI': { x: 80, y: 21, of: 'KANIM-ATB' },
  'KANIM-ATB': { x: 88, y: 33 },
  'PLBN-MOTAAIN': { x: 94, y: 22, of: 'KANIM-ATB' },
  'PLBN-MOTAMASIN': { x: 92, y: 48, of: 'KANIM-ATB' },
};

export function NetworkMap({
  figures,
  name,
}: {
  readonly figures: readonly ToldFigures[];
  readonly name: (office: string) => string;
}) {
  const { t } = useSpeech();
  const shown = figures.flatMap((one) => {
    const place = PLACES[one.office];
    return place === undefined ? [] : [{ ...one, place }];
  });
  // What waits at an office; a post examines nothing, and counts what it took in.
  const load = ({ office, backlog, opened }: ToldFigures): number => (PLACES[office]?.of === undefined ? backlog : opened);
  const most = Math.max(1, ...shown.map(load));
  const short = (office: string): string => name(office).replace(/^(Kantor Imigrasi|Pos Imigrasi|PLBN)( PLB| Pulau)? /, '');
  return (
    <figure className="map">
      <svg viewBox="-6 0 116 64" role="img" aria-label={t('map.title')}>
        {shown.map(({ office, place }) => {
          const above = PLACES[place.of ?? ''];
          return above === undefined ? null : (
            <line key={office} x1={place.x} y1={place.y} x2={above.x} y2={above.y} className="map-line" />
          );
        })}
        {shown.map((one) => {
          const radius = 1.2 + 4 * Math.sqrt(load(one) / most);
          return (
            <g key={one.office}>
              <circle cx={one.place.x} cy={one.place.y} r={radius} className={one.overdue > 0 ? 'map-place late' : 'map-place'} />
              <text x={one.place.x} y={one.place.y + radius + 3} textAnchor="middle" className="map-name">
                {short(one.office)} {load(one)}
                {one.overdue > 0 ? ` (! ${one.overdue})` : ''}
              </text>
            </g>
          );
        })}
      </svg>
      <figcaption className="dim">{t('map.schematic')}</figcaption>
    </figure>
  );
}
