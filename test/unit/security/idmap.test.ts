import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { IdMap, IdRange, SecurityFacts } from '../../../lib/security/contract.ts'
import { chooseIdmap } from '../../../lib/security/idmap.ts'
import { overlay, plainMap } from '../../../lib/security/idmap-entries.ts'
import { hostRange } from '../../../lib/security/subid.ts'

const HOST: IdRange = { base: 1_000_000, count: 1_000_000 }

const facts = (more: Partial<SecurityFacts> = {}): SecurityFacts => ({
  range: HOST,
  taken: [],
  seccomp: true,
  unprivilegedOnly: false,
  ...more,
})

const shadow = { subuid: '', subgid: '', newuidmap: true, newgidmap: true }
const both = (text: string) => ({ ...shadow, subuid: text, subgid: text })

describe('the range of the host', () => {
  it('is a fixed one where there is no shadow set-up at all', () => {
    const nothing = { subuid: undefined, subgid: undefined, newuidmap: false, newgidmap: false }
    expect(hostRange(nothing).range).toEqual({ base: 1_000_000, count: 1_000_000_000 })
  })

  it('is none where the set-up is incomplete, and the reason names what is missing', () => {
    const found = hostRange({ ...both('root:1000000:65536'), newgidmap: false })
    expect(found.range).toBeUndefined()
    expect(found.missing).toContain('newgidmap')
  })

  it('is the first entry of root that holds a whole system, taken whole', () => {
    const found = hostRange(
      both('joe:100000:65536\nroot:200:10\nroot:300000:70000\nroot:900000:99999'),
    )
    expect(found.range).toEqual({ base: 300_000, count: 70_000 })
  })

  it('is that of the user lxd where root has none', () => {
    expect(hostRange(both('lxd:300000:70000')).range).toEqual({ base: 300_000, count: 70_000 })
  })

  it('is what uids and gids have in common', () => {
    const found = hostRange({
      ...shadow,
      subuid: 'root:100000:200000',
      subgid: 'root:150000:200000',
    })
    expect(found.range).toEqual({ base: 150_000, count: 150_000 })
  })

  it('is none where no entry is large enough or a line is garbage', () => {
    expect(hostRange(both('root:100000:65535\nroot:x:y\n:::\nroot')).range).toBeUndefined()
  })
})

describe('choosing an id map', () => {
  it('gives a privileged container none', () => {
    const choice = chooseIdmap(
      { instance: 'c1', config: { 'security.privileged': 'true' } },
      facts(),
    )
    expect(choice).toEqual({ idmap: [], base: 0, isolated: false })
  })

  it('refuses a privileged container where the host forbids them', () => {
    const refused = () =>
      chooseIdmap(
        { instance: 'c1', config: { 'security.privileged': 'true' } },
        facts({ unprivilegedOnly: true }),
      )
    expect(refused).toThrow(
      expect.objectContaining({ kind: 'denied', code: 'SECURITY_PRIVILEGED_FORBIDDEN' }),
    )
  })

  it('shares the whole range by default', () => {
    const choice = chooseIdmap({ instance: 'c1', config: {} }, facts())
    expect(choice).toEqual({ idmap: plainMap(HOST), base: HOST.base, isolated: false })
  })

  it('refuses an unprivileged container on a host without ids', () => {
    expect(() =>
      chooseIdmap(
        { instance: 'c1', config: {} },
        facts({ range: undefined, rangeMissing: 'none' }),
      ),
    ).toThrow(expect.objectContaining({ kind: 'precondition', code: 'SECURITY_NO_IDMAP_RANGE' }))
  })
})

describe('choosing a range of its own', () => {
  it('gives the first isolated container the ids after the shared ones', () => {
    const choice = chooseIdmap({ instance: 'c1', config: isolated() }, facts())
    expect(choice.base).toBe(HOST.base + 65_536)
    expect(choice.isolated).toBe(true)
  })

  it('fills a gap between taken ranges', () => {
    const base = HOST.base + 65_536
    const taken = [
      { base, count: 65_536, instance: 'a' },
      { base: base + 131_072, count: 65_536, instance: 'b' },
    ]
    expect(chooseIdmap({ instance: 'c1', config: isolated() }, facts({ taken })).base).toBe(
      base + 65_536,
    )
  })

  it('keeps the range an instance had', () => {
    const config = { ...isolated(), 'volatile.idmap.base': '1300000' }
    expect(chooseIdmap({ instance: 'c1', config }, facts()).base).toBe(1_300_000)
  })

  it('leaves the range an instance had once another took it', () => {
    const config = { ...isolated(), 'volatile.idmap.base': '1300000' }
    const taken = [{ base: 1_300_100, count: 65_536, instance: 'other' }]
    expect(chooseIdmap({ instance: 'c1', config }, facts({ taken })).base).toBe(1_065_536)
  })
})

describe('a range of its own that is asked for', () => {
  it('takes the pinned base and size', () => {
    const config = {
      ...isolated(),
      'security.idmap.base': '1100000',
      'security.idmap.size': '70000',
    }
    expect(chooseIdmap({ instance: 'c1', config }, facts()).idmap).toEqual(
      plainMap({ base: 1_100_000, count: 70_000 }),
    )
  })

  it.each([
    [
      'a base outside the range of the host',
      { 'security.idmap.base': '5' },
      'SECURITY_IDMAP_OUTSIDE',
    ],
    ['a base that is taken', { 'security.idmap.base': '1200000' }, 'SECURITY_IDMAP_TAKEN'],
    ['a size below a whole system', { 'security.idmap.size': '65535' }, 'SECURITY_IDMAP_TOO_SMALL'],
    ['a size above what is free', { 'security.idmap.size': '990000' }, 'SECURITY_IDMAP_EXHAUSTED'],
  ])('refuses %s', (_, more, code) => {
    const taken = [{ base: 1_200_000, count: 65_536, instance: 'a' }]
    expect(() =>
      chooseIdmap({ instance: 'c1', config: { ...isolated(), ...more } }, facts({ taken })),
    ).toThrow(expect.objectContaining({ code }))
  })
})

describe('raw.idmap', () => {
  it('cuts the range around its lines', () => {
    const choice = chooseIdmap(
      { instance: 'c1', config: { 'raw.idmap': 'both 1000 1000\nuid 50-59 20-29' } },
      facts(),
    )
    const uids = choice.idmap.filter(({ kind }) => kind === 'uid')
    expect(uids.map(({ nsId, hostId, count }) => [nsId, hostId, count])).toEqual([
      [0, 1_000_000, 20],
      [20, 50, 10],
      [30, 1_000_030, 970],
      [1000, 1000, 1],
      [1001, 1_001_001, 998_999],
    ])
  })

  it.each([
    'both 1000',
    'all 1 1',
    'uid 1-2 1-3',
    'uid 2-1 2-1',
    'uid x 1',
    'uid 1 1 1',
    'uid 4294967295 1',
    'uid 1000006 5',
    'uid 1 1\nuid 2 1',
    'uid 1 1\nuid 1 2',
  ])('refuses %j', (line) => {
    expect(() => chooseIdmap({ instance: 'c1', config: { 'raw.idmap': line } }, facts())).toThrow(
      expect.objectContaining({ kind: 'invalid', code: 'SECURITY_BAD_RAW_IDMAP' }),
    )
  })

  it('refuses ids that the host does not let root map', () => {
    const allowed = { uid: [HOST, { base: 1000, count: 1 }], gid: [HOST] }
    const map = (line: string) =>
      chooseIdmap({ instance: 'c1', config: { 'raw.idmap': line } }, facts({ allowed }))
    expect(map('uid 1000 1000').idmap).toHaveLength(4)
    expect(() => map('both 1000 1000')).toThrow(
      expect.objectContaining({ kind: 'precondition', code: 'SECURITY_IDMAP_NOT_ALLOWED' }),
    )
  })
})

describe('whatever is asked for', () => {
  it('isolated ranges lie inside the range of the host, keep their size, and never meet', () => {
    const sizes = fc.array(fc.integer({ min: 65_536, max: 400_000 }), { maxLength: 20 })
    fc.assert(
      fc.property(sizes, fc.array(fc.nat(19)), (wanted, freed) => {
        const taken = new Map<string, IdRange>()
        wanted.forEach((size, index) => void allocate(taken, `c${index}`, size))
        for (const index of freed) taken.delete(`c${index}`)
        wanted.forEach((size, index) => void allocate(taken, `d${index}`, size))
        expectApart([...taken.values()].sort((a, b) => a.base - b.base))
      }),
    )
  })

  it('a map with entries laid over it still maps each id inside exactly once', () => {
    const entry = fc.record({
      kind: fc.constantFrom('uid' as const, 'gid' as const),
      nsId: fc.nat(70_000),
      hostId: fc.nat(900_000),
      count: fc.integer({ min: 1, max: 5_000 }),
    })
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), (entries) => {
        const map = accepted(() => overlay(plainMap({ base: 1_000_000, count: 65_536 }), entries))
        fc.pre(map !== undefined)
        for (const kind of ['uid', 'gid'] as const) partitions(map ?? [], entries, kind)
      }),
    )
  })
})

function isolated(): { readonly 'security.idmap.isolated': string } {
  return { 'security.idmap.isolated': 'true' }
}

function allocate(taken: Map<string, IdRange>, instance: string, size: number): void {
  const list = [...taken].map(([name, range]) => ({ ...range, instance: name }))
  const config = { ...isolated(), 'security.idmap.size': String(size) }
  const choice = accepted(() => chooseIdmap({ instance, config }, facts({ taken: list })))
  if (!choice) return
  expect(choice.idmap).toEqual(plainMap({ base: choice.base, count: size }))
  taken.set(instance, { base: choice.base, count: size })
}

function accepted<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^SECURITY_/) })
    return undefined
  }
}

function partitions(map: IdMap, entries: IdMap, kind: 'uid' | 'gid'): void {
  const runs = map.filter((run) => run.kind === kind)
  const own = entries.filter((run) => run.kind === kind)
  for (const entry of own) expect(runs).toContainEqual(entry)
  const outside = own.reduce(
    (sum, { nsId, count }) => sum + Math.max(0, nsId + count - Math.max(nsId, 65_536)),
    0,
  )
  expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(65_536 + outside)
  for (const [index, run] of runs.entries()) {
    const next = runs[index + 1]
    if (next) expect(run.nsId + run.count).toBeLessThanOrEqual(next.nsId)
    if (!own.some((entry) => entry.nsId === run.nsId)) expect(run.hostId - run.nsId).toBe(1_000_000)
  }
}

function expectApart(ranges: readonly IdRange[]): void {
  for (const [index, range] of ranges.entries()) {
    expect(range.base).toBeGreaterThanOrEqual(HOST.base + 65_536)
    const end = ranges[index + 1]?.base ?? HOST.base + HOST.count
    expect(range.base + range.count).toBeLessThanOrEqual(end)
  }
}
