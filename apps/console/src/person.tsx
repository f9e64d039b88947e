/** Who the subject of a case may also be: proposed by the register, with reasons; nothing is joined here. */
import { Link } from 'react-router';
import { type PersonCandidate, usePerson } from './api.js';
import { useSpeech } from './words.js';

/** Nothing is shown while there is nothing to ask about. */
export function PersonMatches({ caseId }: { readonly caseId: string }) {
  const { t, say } = useSpeech();
  const { data } = usePerson(caseId);
  if (data === undefined) return null;
  const others = data.records.filter(({ personId }) => personId !== data.personId);
  if (others.length + data.candidates.length + data.elsewhere.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="person">
      <h2 id="person">{t('person.title')}</h2>
      {others.map((record) => (
        <p key={record.personId}>
          {t('person.merged')} <Cases cases={record.cases} />
        </p>
      ))}
      {data.elsewhere.map((place) => (
        <p key={place.text.id}>{say(place.text)}</p>
      ))}
      {data.candidates.map((candidate) => (
        <Candidate key={candidate.personId} candidate={candidate} />
      ))}
    </section>
  );
}

function Candidate({ candidate }: { readonly candidate: PersonCandidate }) {
  const { t, say } = useSpeech();
  const { strength, record, elsewhere, reasons = [], against = [] } = candidate;
  return (
    <div>
      <h3>
        {t(`person.${strength}`)}
        {candidate.status === 'proposed' && ` · ${t('person.proposed')}`}
      </h3>
      {elsewhere !== undefined && <p>{say(elsewhere.text)}</p>}
      {record !== undefined && <Cases cases={record.cases} />}
      <ul>
        {reasons.map(({ code, text }) => (
          <li key={code}>{say(text)}</li>
        ))}
        {against.map(({ code, text }) => (
          <li key={code}>
            <strong>{t('person.against')}</strong> {say(text)}
          </li>
        ))}
      </ul>
    </div>
  );
}

function Cases({
  cases,
}: {
  readonly cases: readonly { readonly caseId: string; readonly reference: string; readonly procedure: string }[];
}) {
  return cases.map(({ caseId, reference, procedure }) => (
    <span key={caseId}>
      <Link className="reference" to={`/perkara/${caseId}`}>
        {reference}
      </Link>{' '}
      <span className="dim">{procedure}</span>{' '}
    </span>
  ));
}
