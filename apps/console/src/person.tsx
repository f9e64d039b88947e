/** Who the subject of a case may also be, with reasons; one official proposes it here, another decides in the queue. */
import { Link } from 'react-router';
import { type Accepted, answered, client, noteWrite, type PersonCandidate, usePerson, useRefresh } from './api.js';
import { may, useWho } from './frame.js';
import { ReasonForm } from './reason-form.js';
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
        <Candidate key={candidate.personId} caseId={caseId} registered={data.registered} candidate={candidate} />
      ))}
    </section>
  );
}

interface Proposable {
  readonly caseId: string;
  /** Is the subject of the case in the register? */
  readonly registered: boolean;
  readonly candidate: PersonCandidate;
}

function Candidate({ caseId, registered, candidate }: Proposable) {
  const { t, say } = useSpeech();
  const who = useWho();
  const { strength, record, elsewhere, reasons = [], against = [] } = candidate;
  return (
    <div>
      <h3>
        {t(`person.${strength}`)}
        {candidate.status === 'proposed' && ` · ${t('person.proposed')}`}
      </h3>
      {elsewhere !== undefined && <p>{say(elsewhere.text)}</p>}
      {record !== undefined && <Cases cases={record.cases} />}
      {record?.shown === 'withheld' && <p className="dim">{t('person.withheld')}</p>}
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
      {candidate.status === undefined && may(who, 'ProposeMatch') && may(who, 'RegisterPerson') && (
        <Propose caseId={caseId} registered={registered} candidate={candidate} />
      )}
    </div>
  );
}

/** Whoever is not in the register yet is entered first, from the file of the case. */
function Propose({ caseId, registered, candidate }: Proposable) {
  const { t } = useSpeech();
  const refresh = useRefresh();
  const deliver = async (reason: string, key: string): Promise<void> => {
    const params = { header: { 'Idempotency-Key': key } };
    if (!registered) noteWrite(await answered<Accepted>(client.POST('/persons', { params, body: { caseId } })));
    const body = { a: candidate.of, b: candidate.personId, reason };
    noteWrite(await answered<Accepted>(client.POST('/matches', { params, body })));
    await refresh(caseId);
  };
  return <ReasonForm summary={t('person.propose')} button={t('person.proposeNow')} deliver={deliver} />;
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
