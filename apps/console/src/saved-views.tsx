/** Views of the worklist that one has named: filters, kept on this device for this official. And the list as a file. */
import { Button, Menu, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useWho } from './frame.js';
import { useSpeech } from './words.js';

type Views = { readonly [name: string]: string };

export function SavedViews({ query, choose }: { readonly query: URLSearchParams; readonly choose: (query: string) => void }) {
  const { t } = useSpeech();
  const who = useWho();
  const stored = `tegas.views.${who.official.id}`;
  const [views, setViews] = useState<Views>(() => read(stored));
  const [name, setName] = useState('');
  const keep = (changed: Views): void => {
    localStorage.setItem(stored, JSON.stringify(changed));
    setViews(changed);
  };
  return (
    <Menu>
      <Menu.Target>
        <Button size="xs" variant="default">
          {t('views.title', { n: Object.keys(views).length })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(views).map(([called, filters]) => (
          <Menu.Item key={called} onClick={() => choose(filters)}>
            {called}
          </Menu.Item>
        ))}
        {Object.keys(views).length > 0 && <Menu.Divider />}
        <form
          className="act-form views"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() === '') return;
            keep({ ...views, [name.trim()]: query.toString() });
            setName('');
          }}
        >
          <TextInput
            size="xs"
            label={t('views.name')}
            description={t('views.where')}
            value={name}
            maxLength={40}
            onChange={({ currentTarget: { value } }) => setName(value)}
          />
          <Button type="submit" size="xs" variant="default">
            {t('views.keep')}
          </Button>
        </form>
        {Object.keys(views).map((called) => (
          <Menu.Item
            key={called}
            color="dimmed"
            onClick={() => keep(Object.fromEntries(Object.entries(views).filter(([one]) => one !== called)))}
          >
            {t('views.remove', { name: called })}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function read(stored: string): Views {
  try {
    const views: unknown = JSON.parse(localStorage.getItem(stored) ?? '{}');
    return typeof views === 'object' && views !== null
      ? Object.fromEntries(Object.entries(views).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
      : {};
  } catch {
    return {};
  }
}
