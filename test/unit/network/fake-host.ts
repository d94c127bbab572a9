import { type FakeAnswer, FakeCommands, type FakeRun } from '../../../lib/core/fakes/commands.ts'
import { FakeFiles } from '../../../lib/core/fakes/files.ts'
import type { Files } from '../../../lib/core/ports.ts'
import { BridgeDriver } from '../../../lib/network/bridge/driver.ts'
import { FakeDnsmasqs } from './fake-dnsmasqs.ts'

interface FakeLink {
  hwaddr: string
  mtu: number
  up: boolean
  readonly addresses: Set<string>
  readonly routes: Set<string>
}

const SYSCTLS = ['disable_ipv6', 'accept_ra', 'autoconf', 'accept_dad']

/** As much of a kernel as a bridge touches: links, addresses, rules and dnsmasqs, in memory. */
export class FakeBridgeHost {
  readonly files = new FakeFiles({
    '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n',
    '/etc/group': 'root:x:0:\nnogroup:x:65534:\n',
    '/proc/sys/net/ipv4/ip_forward': '0\n',
    '/proc/sys/net/ipv6/conf/all/forwarding': '0\n',
    '/proc/sys/net/ipv6/conf/eth0/accept_ra': '1\n',
    '/sys/class/net/eth0/type': '1\n',
    '/networks/.keep': '',
  })
  readonly links = new Map<string, FakeLink>()
  readonly chains = new Map<string, string[]>()
  readonly dnsmasqs = new FakeDnsmasqs(this.files)
  readonly commands = new FakeCommands({
    ip: (run) => this.#ip(run),
    nft: (run) => this.#nft(run),
    dnsmasq: (run) => this.#dnsmasq(run),
    stat: ({ argv }) => ({
      stdout: argv
        .slice(4)
        .map((path) => `755 ${path}\n`)
        .join(''),
    }),
  })
  /** Called before each effect; may throw. */
  fault: () => void = () => undefined
  readonly driver = new BridgeDriver({
    commands: this.#guarded(this.commands, ['run']),
    files: this.#guarded<Files>(this.files, ['write', 'makeDirectory', 'remove', 'removeTree']),
    processes: this.#guarded(this.dnsmasqs.processes, ['stop', 'signal']),
    datagrams: this.#guarded(this.dnsmasqs.datagrams, ['send']),
    directory: '/networks',
  })
  table = false

  /** The same port, asking `fault` before each of these methods. */
  #guarded<T extends object>(port: T, effects: readonly (keyof T)[]): T {
    const host = this
    return new Proxy(port, {
      get(target, name) {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return async (...args: readonly unknown[]) => {
          if (effects.includes(name as keyof T)) host.fault()
          const result: unknown = await Reflect.apply(method, target, args)
          if (name === 'write') await host.dnsmasqs.notice()
          return result
        }
      },
    })
  }

  /** Everything that a network could leave behind. */
  async snapshot(): Promise<unknown> {
    const link = ([name, { addresses, routes, ...plain }]: [string, FakeLink]) => [
      name,
      plain,
      [...addresses].sort(),
      [...routes].sort(),
    ]
    const files = Object.entries(this.files.snapshot()).filter(([path]) =>
      path.startsWith('/networks'),
    )
    return {
      links: [...this.links].map(link),
      chains: Object.fromEntries(this.chains),
      table: this.table,
      dnsmasqs: this.dnsmasqs.snapshot(),
      files,
    }
  }

  async #ip({ argv, input }: FakeRun): Promise<FakeAnswer> {
    const [, option, what] = argv
    if (option === '-j') return { stdout: what === 'addr' ? this.#addresses() : this.#routes(argv) }
    for (const line of input.trim().split('\n')) {
      const failure = await this.#change(line.split(' '))
      if (failure !== undefined) return { exitCode: 1, stderr: failure }
    }
    return {}
  }

  async #change(words: readonly string[]): Promise<string | undefined> {
    const [object, verb] = words
    const change = `${object} ${verb}`
    if (change === 'link add') return this.#addLink(words[3] ?? '', words)
    const name = words[words.indexOf('dev') + 1] ?? ''
    const link = this.links.get(name)
    if (!link) return `Cannot find device "${name}"`
    if (change === 'link del') return this.#deleteLink(name)
    if (change === 'link set') Object.assign(link, setting(words))
    else changeSet(object === 'addr' ? link.addresses : link.routes, words)
    return undefined
  }

  async #deleteLink(name: string): Promise<undefined> {
    this.links.delete(name)
    await this.files.removeTree(`/sys/class/net/${name}`)
    await this.files.removeTree(`/proc/sys/net/ipv6/conf/${name}`)
  }

  async #addLink(name: string, words: readonly string[]): Promise<string | undefined> {
    if (this.links.has(name)) return 'RTNETLINK answers: File exists'
    const after = (word: string): string => words[words.indexOf(word) + 1] ?? ''
    const plain = { hwaddr: after('address'), mtu: Number(after('mtu')), up: false }
    this.links.set(name, { ...plain, addresses: new Set(), routes: new Set() })
    await this.files.makeDirectory(`/sys/class/net/${name}/bridge`)
    const conf = `/proc/sys/net/ipv6/conf/${name}`
    await this.files.makeDirectory(conf)
    for (const key of SYSCTLS) await this.files.write(`${conf}/${key}`, '0\n')
    return undefined
  }

  #addresses(): string {
    const links = [...this.links].map(([ifname, link]) => ({
      ifname,
      address: link.hwaddr,
      mtu: link.mtu,
      addr_info: [...link.addresses].map((cidr) => {
        const [local, prefixlen] = cidr.split('/')
        return { local, prefixlen: Number(prefixlen), scope: 'global' }
      }),
    }))
    return JSON.stringify(links)
  }

  #routes(argv: readonly string[]): string {
    const only = argv.includes('dev') ? argv.at(-1) : undefined
    const routes = [...this.links]
      .filter(([name]) => only === undefined || name === only)
      .flatMap(([dev, link]) => [...link.routes].map((dst) => ({ dst, dev, protocol: 'static' })))
    return JSON.stringify([{ dst: 'default', dev: 'eth0', protocol: 'boot' }, ...routes])
  }

  #nft({ argv, input }: FakeRun): FakeAnswer {
    if (argv[1] === 'list') {
      if (!this.table) return { exitCode: 1, stderr: 'No such file or directory' }
      return { stdout: [...this.chains.keys()].map((name) => `\tchain ${name} {\n`).join('') }
    }
    if (argv.includes('--check')) return {}
    for (const line of input.trim().split('\n')) this.#rule(line)
    return {}
  }

  #rule(line: string): void {
    const [verb, object, , , name = '', ...rest] = line.split(' ')
    if (object === 'table') {
      this.table = verb === 'add'
      return
    }
    if (verb === 'delete') this.chains.delete(name)
    else if (verb === 'flush') this.chains.set(name, [])
    else this.chains.set(name, [...(this.chains.get(name) ?? []), rest.join(' ')])
  }

  async #dnsmasq({ argv, env }: FakeRun): Promise<FakeAnswer> {
    await this.dnsmasqs.start(argv[1] ?? '', env)
    return {}
  }
}

function setting(words: readonly string[]): Partial<FakeLink> {
  const [, , , , key, value] = words
  if (key === 'mtu') return { mtu: Number(value) }
  return key === 'address' ? { hwaddr: value ?? '' } : { up: true }
}

function changeSet(set: Set<string>, [, verb, value = '']: readonly string[]): void {
  if (verb === 'del') set.delete(value)
  else set.add(value)
}
