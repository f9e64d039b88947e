/** What an official can do with a case now, and for everything else why not and who can: the buttons of the console, each explained. */
import type { Rejection } from '../event.js';
import { type Act, policyTable } from '../policy-table.js';
import { unlessUnreadable } from './blocks.js';
import type { CaseCommandType } from './commands.js';
import { permit } from './permit.js';
import type { CommandContext } from './policies.js';
import type { CaseFile } from './state.js';

export type AvailableAction =
  | { readonly command: CaseCommandType; readonly allowed: true }
  | { readonly command: CaseCommandType; readonly allowed: false; readonly denial: Rejection };

/** One entry for every command on an existing case of this kind, in the order of the policy table; the same `permit` that `decide` asks. */
export function availableActions(state: CaseFile, context: CommandContext): readonly AvailableAction[] {
  const imported = context.procedure.kind === 'imported';
  return commandTypes
    .filter((command) => policyTable[command].stages !== 'none' && policyTable[command].roles.includes('importer') === imported)
    .map((command): AvailableAction => {
      const permission = unlessUnreadable<ReturnType<typeof permit>>(
        () => permit(command, state, state.office, context),
        (denial) => ({ denial }),
      );
      return 'denial' in permission ? { command, allowed: false, denial: permission.denial } : { command, allowed: true };
    });
}

/** Every command on a case, in the order of the policy table. */
export const commandTypes = (Object.keys(policyTable) as readonly Act[]).filter(
  (act): act is CaseCommandType => 'stages' in policyTable[act],
);
