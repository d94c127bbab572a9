import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkConfig } from '../../../lib/core/config.ts'
import { isLxworksError } from '../../../lib/core/errors.ts'
import { createLines, mendLines } from '../../../lib/network/bridge/commands.ts'
import { bridgeKeys } from '../../../lib/network/bridge/keys.ts'
import { bridgeOptions } from '../../../lib/network/bridge/options.ts'
import { bridgePlan } from '../../../lib/network/bridge/plan.ts'
import { entryFile, entryLine } from '../../../lib/network/bridge/static-entries.ts'
import type { NicSpec } from '../../../lib/network/contract.ts'

const facts = { networks: '/n', dnsmasqAs: { user: 'nobody', group: 'nogroup' } }

const base = {
  'volatile.bridge.hwaddr': '00:16:3e:01:02:03',
  'ipv4.address': '10.1.2.1/24',
  'ipv6.address': 'fd42::1/64',
}

const MARK = 'injected'

const breaks = [
  '\n',
  '\r',
  '\r\n',
  '\0',
  '\u0085',
  '\u2028',
  '\u2029',
  ';',
  '"',
  '{',
  '}',
  '#',
  ' ',
  ',',
  '/',
  '=',
]

const valid = [
  'lxd',
  '10.1.2.9',
  'fd42::9',
  '1h',
  'true',
  '1500',
  '10.1.2.3-10.1.2.9',
  '10.9.0.0/16',
]

const hostile = fc
  .tuple(
    fc.constantFrom('', ...valid),
    fc.constantFrom(...breaks),
    fc.constantFrom('', ...breaks),
    fc.constantFrom('', ...valid),
  )
  .map(([head, one, two, tail]) => `${head}${one}${two}${MARK}${tail}`)

/** Literal keys and one name for each pattern, without what is free text by design. */
const keys = Object.keys(bridgeKeys.table)
  .map((key) => key.replace(/<[^>]+>/, 'one').replace('*', 'one'))
  .filter((key) => key !== 'raw.dnsmasq' && key !== 'user.one')

interface Texts {
  readonly ip: string
  readonly nft: string
  readonly dnsmasq: string
}

function texts(config: Readonly<Record<string, string>>): Texts {
  const plan = bridgePlan({ name: 'br0', project: 'default', config }, facts)
  const link = { name: 'br0', hwaddr: '', mtu: 0, addresses: [] }
  return {
    ip: createLines(plan) + mendLines(plan, { link, routes: [] }),
    nft: plan.firewall,
    dnsmasq: plan.dnsmasq?.config ?? '',
  }
}

const IP = /^(link (add|set)|addr add|route replace) [\w.:/ -]+$/
const NFT =
  /^(add table inet lxd|(add|flush|delete) chain inet lxd \w+\.br0( \{ type \w+ hook \w+ priority \w+; policy accept; \})?|add rule inet lxd \w+\.br0 [\w.:/ !="{},-]+)$/
const DNSMASQ = /^[a-z0-9-]+(=[\w.:/,-]+)?$/
/** Options that may come twice. */
const MANY = ['listen-address', 'dhcp-range', 'dhcp-option-force']

/** Every line is one of ours, whatever the values. */
function expectOurs({ ip, nft, dnsmasq }: Texts): void {
  for (const line of linesOf(ip)) expect(line).toMatch(IP)
  for (const line of linesOf(nft)) expect(line).toMatch(NFT)
  for (const line of linesOf(dnsmasq)) expect(line).toMatch(DNSMASQ)
  const options = linesOf(dnsmasq).map((line) => line.split('=')[0] ?? '')
  const once = options.filter((option) => !MANY.includes(option))
  expect(once).toEqual([...new Set(once)])
}

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function nic(known: Partial<NicSpec>): NicSpec {
  const plain = { device: 'eth0', name: 'eth0', hostName: 'veth1', hwaddr: '00:16:3e:00:00:01' }
  return { ...plain, parent: 'br0', network: 'br0', config: {}, ...known }
}

/** Undefined when it was refused, as hostile values should be; any other failure is a failure of the test. */
function refusedOr<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isLxworksError(error)) return undefined
    throw error
  }
}

it('the lines of a plain bridge are all of the kind that is looked for below', () => {
  expectOurs(texts({ ...base, 'ipv4.nat': 'true', 'ipv4.routing': 'false', 'dns.search': 'a.b' }))
})

describe('no value of the configuration', () => {
  it('becomes a line of its own for ip, nft or dnsmasq', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), hostile, (key, value) => {
        const config = { ...base, [key]: value }
        const written = refusedOr(() => {
          checkConfig(bridgeKeys, config)
          return texts(config)
        })
        if (written) expectOurs(written)
      }),
      { numRuns: 3000 },
    )
  })

  it('becomes a line of its own even where nobody has checked it before', () => {
    fc.assert(
      fc.property(fc.constantFrom(...keys), hostile, (key, value) => {
        const written = refusedOr(() => texts({ ...base, [key]: value }))
        if (written) expectOurs(written)
      }),
      { numRuns: 2000 },
    )
  })

  it('leaves raw.dnsmasq anywhere but in the file that is meant for it', () => {
    const config = { ...base, 'raw.dnsmasq': `log-queries\n${MARK}` }
    for (const text of Object.values(texts(config))) expect(text).not.toContain(MARK)
  })
})

describe('no field of an interface or its owner', () => {
  const options = bridgeOptions(base)

  it('adds a second line or word to a static entry, or leaves the directory', () => {
    const field = fc.constantFrom('hwaddr', 'ipv4', 'ipv6', 'device', 'instance', 'project')
    fc.assert(
      fc.property(field, hostile, (which, value) => {
        const owner = {
          project: 'default',
          instance: 'c1',
          ...(isOwner(which) && { [which]: value }),
        }
        const spec = nic(isOwner(which) ? {} : { [which]: value })
        const line = refusedOr(() => entryLine(spec, owner, options)) ?? ''
        expect(line.split('\n').length).toBeLessThanOrEqual(2)
        expect(line.split(',').length).toBeLessThanOrEqual(4)
        expect(line).not.toMatch(/[ "#=;]/)
        const file = refusedOr(() => entryFile('/n/br0/dnsmasq.hosts', spec, owner))
        if (file !== undefined) expect(file).toMatch(/^\/n\/br0\/dnsmasq\.hosts\/[^/\n\0]+$/)
      }),
      { numRuns: 2000 },
    )
  })
})

function isOwner(field: string): boolean {
  return field === 'instance' || field === 'project'
}
