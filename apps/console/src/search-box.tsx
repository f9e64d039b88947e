/** The one box: what is asked for stands in this page's memory only, neither in an address nor on the device. */
import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type FormEvent, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { useShortcuts } from './keyboard.js';
import { useSpeech } from './words.js';

/** What is looked for, and asking for something else. */
export interface Asking {
  readonly asked: string;
  readonly ask: (words: string) => void;
}

export function SearchBox({ asked, ask }: Asking) {
  const { t } = useSpeech();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [said, setSaid] = useState(asked);
  const [told, setTold] = useState(asked);
  if (told !== asked) {
    setTold(asked);
    setSaid(asked);
  }
  useShortcuts({ '/': () => input.current?.select() });
  const search = (event: FormEvent): void => {
    event.preventDefault();
    if (said.trim() === '') return;
    ask(said.trim());
    // The keys that walk along the results do so outside of the box.
    document.getElementById('content')?.focus();
    void navigate('/cari');
  };
  return (
    <search>
      <form onSubmit={search}>
        <TextInput
          ref={input}
          size="xs"
          type="search"
          maxLength={500}
          autoComplete="off"
          spellCheck={false}
          aria-label={t('search.label')}
          placeholder={`${t('search.placeholder')} ( / )`}
          leftSection={<IconSearch size={15} aria-hidden />}
          value={said}
          onChange={({ currentTarget: { value } }) => setSaid(value)}
        />
      </form>
    </search>
  );
}
