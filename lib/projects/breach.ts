import { errorMessage, LxworksError } from '../core/errors.ts'
import type { Holdings } from './holdings.ts'
import { type Excess, excess } from './limits.ts'
import { type Offence, offence } from './restrictions.ts'

/** What a write is about, for the words of its refusal. */
export type Occasion = 'content' | 'project'

/**
 * Refuses a project that holds more than its limits, or what its restrictions forbid: kind `denied` for what is too much or forbidden,
 * kind `invalid` for what cannot be counted. On the occasion `project`, the project's own configuration is what has to change.
 */
export function refuseBreach(holdings: Holdings, occasion: Occasion): void {
  const forbidden = offence(holdings)
  if (forbidden) throw offenceError(forbidden, holdings, occasion)
  const much = excess(holdings)
  if (much) throw excessError(much, holdings, occasion)
}

function offenceError(
  { holder, part, value, why, restriction, setting }: Offence,
  { project }: Holdings,
  occasion: Occasion,
): LxworksError {
  const where = `on ${holder} of project ${JSON.stringify(project)}`
  const what =
    why === undefined
      ? `Use of low-level ${part} ${where} is forbidden`
      : `Invalid ${value === undefined ? '' : `value ${JSON.stringify(value)} for `}${part} ${where}: ${why}`
  const cause = setting === '' ? restriction : `${restriction} is ${setting}`
  const context = { project, holder, part, restriction }
  if (occasion === 'content')
    return new LxworksError(`${what} (${cause}); leave it out, or have the project allow it`, {
      kind: 'denied',
      code: 'PROJECT_RESTRICTED',
      context,
    })
  return new LxworksError(
    `Conflict detected when changing the restrictions of project ${JSON.stringify(project)}: ${what} (${cause}); change that first`,
    { kind: 'invalid', code: 'PROJECT_HOLDS_FORBIDDEN', context },
  )
}

function excessError(much: Excess, { project }: Holdings, occasion: Occasion): LxworksError {
  if (much.what === 'over') return overError(much, project, occasion)
  const { limit, share } = much
  const context = { project, limit: limit.key, holder: share.holder }
  const who = capital(`${share.holder} in project ${JSON.stringify(project)}`)
  if (much.what === 'unset')
    return new LxworksError(
      `${who} has no ${share.option}, either directly or via a profile; the project's ${limit.key} needs one`,
      { kind: 'invalid', code: 'PROJECT_LIMIT_UNSET', context },
    )
  return new LxworksError(
    `${who} has a value that does not add up to the project's ${limit.key}: ${JSON.stringify(share.text)}: ${errorMessage(much.why)}; give a plain amount`,
    { kind: 'invalid', code: 'PROJECT_LIMIT_UNCOUNTABLE', context, cause: much.why },
  )
}

function overError(
  { limit: { key, unit }, most, usage }: Extract<Excess, { readonly what: 'over' }>,
  project: string,
  occasion: Occasion,
): LxworksError {
  const where = `in project ${JSON.stringify(project)}`
  const total = `${usage}${unit === 'bytes' ? 'B' : ''}`
  const context = { project, limit: key, most, usage }
  if (occasion === 'project')
    return new LxworksError(
      `Can't change ${key} ${where}: ${JSON.stringify(key)} is too low: current total is "${total}"; take some away first, or set it higher`,
      { kind: 'invalid', code: 'PROJECT_LIMIT_TOO_LOW', context },
    )
  return new LxworksError(
    `Reached maximum ${COUNTED[key] ?? `aggregate value ${JSON.stringify(most)} for ${JSON.stringify(key)}`} ${where}: it would be ${total} of ${most}; take some away, or have the limit raised`,
    { kind: 'denied', code: 'PROJECT_LIMIT_REACHED', context },
  )
}

const COUNTED: Readonly<Record<string, string>> = {
  'limits.instances': 'number of instances',
  'limits.containers': 'number of instances of type "container"',
  'limits.virtual-machines': 'number of instances of type "virtual-machine"',
  'limits.networks': 'number of networks',
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
}
