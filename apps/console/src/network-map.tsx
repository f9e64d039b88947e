/** NTT's offices and posts with their load: a schema, not a map. Places stand roughly to one another; no coordinates are in the data. */
import type { ToldFigures } from '#domain/report/semester.js';
import { FIELD, FONT, LINE, labelsOf } from './map-labels.js';
import { useSpeech } from './words.js';

interface Place {
  readonly x: number;
  readonly y: number;
  /** Above it, for a post. */
  readonly of?: string;
}

/** By kabupaten, west to east and north to south, on a field of 100 by 62. */
const PLACES: { readonly [office: string]: Place } = {
  'KANIM-LBJ': { x: 4, y: 17 },
  'POS-RUTENG': { x: 16, y: 9, of: 'KANIM-LBJ' },
  'POS-NGADA': { x: 25, y: 27, of: 'KANIM-LBJ' },
  'POS-BAJAWA': { x: 31, y: 12, of: 'KANIM-LBJ' },
  'POS-ENDE': { x: 40, y: 26, of: 'KANIM-MOF' },
  'KANIM-MOF': { x: 49, y: 13 },
  'POS-LEMBATA': { x: 63, y: 8, of: 'KANIM-MOF' },
  'POS-SUMBA': { x: 22, y: 46, of: 'KANIM-KPG' },
  'POS-ROTE': { x: 50, y: 57, of: 'KANIM-KPG' },
  'KANIM-KPG': { x: 59, y: 46 },
  'POS-OEPOLI': { x: 65, y: 33, of: 'KANIM-KPG' },
  'POS-MARITAING': { x: 78, y: 6, of: 'KANIM-KPG' },
  'POS-KEFA': { x: 76, y: 46, of: 'KANIM-ATB' },
  'PLBN-NAPAN': { x: 75, y: 31, of: 'KANIM-ATB' },
  'PLBN-WINI': { x: 81, y: 19, of: 'KANIM-ATB' },
  'KANIM-ATB': { x: 91, y: 34 },
  'PLBN-MOTAAIN': { x: 99, y: 20, of: 'KANIM-ATB' },
  'PLBN-MOTAMASIN': { x: 95, y: 51, of: 'KANIM-ATB' },
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
  const dots = shown.map((one) => ({
    ...one.place,
    office: one.office,
    late: one.overdue > 0,
    radius: 1 + 2.4 * Math.sqrt(load(one) / most),
    lines: [short(one.office), `${load(one)}${one.overdue > 0 ? ` (! ${one.overdue})` : ''}`],
  }));
  const labels = labelsOf(dots);
  const { left, top, right, bottom } = FIELD;
  return (
    <figure className="map">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="scroll wide" tabIndex={0} aria-label={t('map.region')}>
        <svg viewBox={`${left} ${top} ${right - left} ${bottom - top}`} role="img" aria-label={t('map.title')}>
          {dots.map(({ office, x, y, of = '' }) => {
            const above = PLACES[of];
            return above === undefined ? null : (
              <line key={office} x1={x} y1={y} x2={above.x} y2={above.y} className="map-line" />
            );
          })}
          {dots.map(({ office, x, y, radius, late }) => (
            <circle key={office} cx={x} cy={y} r={radius} className={late ? 'map-place late' : 'map-place'} />
          ))}
          {dots.map(({ office, lines }, at) => (
            <text key={office} y={labels[at]?.y} textAnchor="middle" fontSize={FONT} className="map-name">
              {lines.map((line, nth) => (
                <tspan key={line} x={labels[at]?.x} dy={nth === 0 ? 0 : LINE}>
                  {line}
                </tspan>
              ))}
            </text>
          ))}
        </svg>
      </section>
      <figcaption className="dim">{t('map.schematic')}</figcaption>
    </figure>
  );
}
