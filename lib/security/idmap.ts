import type { RawConfig } from '../core/config.ts'
import { LxworksError } from '../core/errors.ts'
import type { IdMapEntry, IdmapChoice, IdmapRequest, IdRange, SecurityFacts } from './contract.ts'
import { overlay, plainMap } from './idmap-entries.ts'
import { isOn } from './keys.ts'
import { parseRawIdmap } from './raw-idmap.ts'
import { FEWEST_IDS } from './subid.ts'

/** The map an instance runs with: none when privileged, the shared range, or a range of its own; `raw.idmap` laid over it. */
export function chooseIdmap(request: IdmapRequest, facts: SecurityFacts): IdmapChoice {
  const { config } = request
  if (isOn(config, 'security.privileged')) return privileged(request, facts)
  const host = requireRange(facts)
  const raw = parseRawIdmap(config['raw.idmap'] ?? '')
  for (const entry of raw) requireAllowed(entry, facts)
  const isolated = isOn(config, 'security.idmap.isolated')
  const range = isolated ? isolatedRange(request, host, facts.taken) : host
  return Object.freeze({ idmap: overlay(plainMap(range), raw), base: range.base, isolated })
}

function privileged({ instance }: IdmapRequest, facts: SecurityFacts): IdmapChoice {
  if (!facts.unprivilegedOnly) return Object.freeze({ idmap: [], base: 0, isolated: false })
  throw new LxworksError(
    `Privileged containers are forbidden on this host, so ${instance} cannot be one; unset security.privileged`,
    { kind: 'denied', code: 'SECURITY_PRIVILEGED_FORBIDDEN', context: { instance } },
  )
}

function requireRange({ range, rangeMissing }: SecurityFacts): IdRange {
  if (range) return range
  throw new LxworksError(
    `This host has no ids for unprivileged containers: ${rangeMissing ?? 'no range is set up'}`,
    { kind: 'precondition', code: 'SECURITY_NO_IDMAP_RANGE' },
  )
}

/** A range of its own: pinned, else the one it had, else the first that is free. */
function isolatedRange(
  { instance, config }: IdmapRequest,
  host: IdRange,
  taken: SecurityFacts['taken'],
): IdRange {
  const count = isolatedSize(config)
  const others = taken.filter((range) => range.instance !== instance)
  const pinned = number(config, 'security.idmap.base')
  if (pinned !== undefined) return pinnedRange({ base: pinned, count }, host, others)
  const had = [
    number(config, 'volatile.idmap.base') ?? 0,
    ...taken.filter((range) => range.instance === instance).map(({ base }) => base),
  ].map((base) => ({ base, count }))
  const kept = had.find(
    (range) => isInside(range, afterShared(host)) && others.every((other) => !meets(range, other)),
  )
  return kept ?? firstFree(count, afterShared(host), others)
}

function isolatedSize(config: RawConfig): number {
  const count = number(config, 'security.idmap.size') ?? FEWEST_IDS
  if (count >= FEWEST_IDS) return count
  throw new LxworksError(
    `security.idmap.size is ${count}, which is less than a system needs; give at least ${FEWEST_IDS}`,
    { kind: 'invalid', code: 'SECURITY_IDMAP_TOO_SMALL', context: { count } },
  )
}

function pinnedRange(
  range: IdRange,
  host: IdRange,
  others: readonly (IdRange & { readonly instance: string })[],
): IdRange {
  if (!isInside(range, host)) throw pinnedOutside(range, host)
  const other = others.find((one) => meets(range, one))
  if (!other) return range
  throw new LxworksError(
    `The ids from security.idmap.base ${range.base} on are taken by the isolated instance ${other.instance}; choose another base`,
    {
      kind: 'precondition',
      code: 'SECURITY_IDMAP_TAKEN',
      context: { ...range, instance: other.instance },
    },
  )
}

function pinnedOutside(range: IdRange, host: IdRange): LxworksError {
  return new LxworksError(
    `security.idmap.base ${range.base} with ${range.count} ids leaves the host's range ${host.base}-${host.base + host.count - 1}; choose a base inside it`,
    { kind: 'invalid', code: 'SECURITY_IDMAP_OUTSIDE', context: { ...range } },
  )
}

/** The beginning of the host's range is where instances that share it have their ids. */
function afterShared({ base, count }: IdRange): IdRange {
  return { base: base + FEWEST_IDS, count: count - FEWEST_IDS }
}

function firstFree(count: number, within: IdRange, others: readonly IdRange[]): IdRange {
  let base = within.base
  for (const other of others.toSorted((a, b) => a.base - b.base)) {
    if (meets({ base, count }, other)) base = other.base + other.count
  }
  if (isInside({ base, count }, within)) return { base, count }
  throw new LxworksError(
    `No ${count} host ids in a row are free for another isolated instance; widen root's range in /etc/subuid and /etc/subgid, or delete isolated instances`,
    { kind: 'precondition', code: 'SECURITY_IDMAP_EXHAUSTED', context: { count } },
  )
}

function requireAllowed(entry: IdMapEntry, { allowed }: SecurityFacts): void {
  if (!allowed) return
  const wanted = { base: entry.hostId, count: entry.count }
  if (allowed[entry.kind].some((range) => isInside(wanted, range))) return
  throw new LxworksError(
    `raw.idmap asks for host ${entry.kind} ${entry.hostId}, which this host does not let root map; add "root:${entry.hostId}:${entry.count}" to /etc/sub${entry.kind}`,
    {
      kind: 'precondition',
      code: 'SECURITY_IDMAP_NOT_ALLOWED',
      context: { kind: entry.kind, hostId: entry.hostId, count: entry.count },
    },
  )
}

function meets(a: IdRange, b: IdRange): boolean {
  return a.base < b.base + b.count && b.base < a.base + a.count
}

function isInside(range: IdRange, within: IdRange): boolean {
  return range.base >= within.base && range.base + range.count <= within.base + within.count
}

function number(config: RawConfig, key: string): number | undefined {
  const text = config[key]
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined
}
