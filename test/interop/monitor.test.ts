import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ClientWorld, openClientWorld } from './world.ts'

const CLIENT = 'lxc'
let world: ClientWorld

beforeAll(async () => {
  world = await openClientWorld()
  await world.serve()
  await world.done('project', 'create', 'other', '-c', 'features.profiles=true')
})

afterAll(async () => {
  await world.lxc('project', 'delete', 'other')
  await world.close()
})

interface Monitor extends AsyncDisposable {
  /** What it has printed. */
  readonly text: () => string
  says(what: RegExp): Promise<void>
}

/** `lxc monitor` as it runs beside; it is listening once it prints what a first change causes. */
async function monitor(...argv: readonly string[]): Promise<Monitor> {
  const child: ChildProcess = spawn(CLIENT, ['monitor', ...argv], { env: world.env })
  const ended = once(child, 'close')
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  return {
    text: () => text,
    says: (what) => vi.waitFor(() => expect(text).toMatch(what), { timeout: 20_000 }),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** Changes the profile of a project again and again until the monitor has told of it. */
async function changesUntil(
  { says, text }: Monitor,
  { told, project = 'default' }: { readonly told: RegExp; readonly project?: string },
): Promise<void> {
  for (let at = 0; at < 40 && !told.test(text()); at++) {
    await world.done('profile', 'set', 'default', `user.at=${at}`, '--project', project)
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
  await says(told)
}

interface Told {
  readonly type: string
  readonly timestamp: string
  readonly location?: string
  readonly project?: string
  readonly metadata: Readonly<Record<string, unknown>>
}

function lines(text: string): readonly Told[] {
  const whole = text.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'))
  return whole.map((line) => JSON.parse(line) as Told)
}

describe('lxc monitor', () => {
  it('tells who did what to what, where, and in which project', async () => {
    await using told = await monitor('--type=lifecycle', '--format=json')
    await changesUntil(told, { told: /profile-updated/ })
    const [event] = lines(told.text())
    expect(event).toMatchObject({
      type: 'lifecycle',
      location: 'none',
      project: 'default',
      metadata: {
        action: 'profile-updated',
        source: '/1.0/profiles/default',
        requestor: { username: 'root', protocol: 'unix', address: '@' },
      },
    })
    expect(event?.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(Z|[+-]\d\d:\d\d)$/)
    expect(new Set(lines(told.text()).map(({ type }) => type))).toEqual(new Set(['lifecycle']))
  })

  it('tells operations from their beginning to their end', async () => {
    await using told = await monitor('--type=operation', '--format=json')
    for (let at = 0; at < 40 && !/"Success"/.test(told.text()); at++) {
      await world.done('image', 'import', world.image.unified, '--alias', 'told')
      await world.done('image', 'delete', 'told')
    }
    await told.says(/"status":"Success"/)
    const events = lines(told.text())
    const { id } = events.at(-1)?.metadata ?? {}
    const statuses = events
      .filter(({ metadata }) => metadata.id === id)
      .map((each) => each.metadata.status)
    expect(statuses.at(-1)).toBe('Success')
  })

  it('prints for people with --pretty and --format=pretty', async () => {
    for (const option of ['--pretty', '--format=pretty']) {
      await using told = await monitor('--type=lifecycle', option)
      await changesUntil(told, {
        told: /Action: profile-updated, Source: \/1\.0\/profiles\/default/,
      })
      expect(told.text()).toMatch(/Requestor: unix\/root \(@\)/)
    }
  })

  it('prints YAML without an option and with --format=yaml', async () => {
    for (const options of [[], ['--format=yaml']]) {
      await using told = await monitor('--type=lifecycle', ...options)
      await changesUntil(told, { told: /action: profile-updated/ })
      await told.says(/^location: none\nmetadata:\n( {2}.*\n)* {2}action: profile-updated/m)
      expect(told.text()).toMatch(/^project: default$/m)
      expect(told.text()).toMatch(/^ {4}username: root$/m)
    }
  })

  it('hears its project and no other, or all of them', async () => {
    await using own = await monitor('--type=lifecycle', '--format=json', '--project=other')
    await using all = await monitor('--type=lifecycle', '--format=json', '--all-projects')
    await changesUntil(all, { told: /"project":"default"/ })
    await changesUntil(own, { told: /"project":"other"/, project: 'other' })
    await changesUntil(all, { told: /"project":"other"/, project: 'other' })
    expect(new Set(lines(own.text()).map(({ project }) => project))).toEqual(new Set(['other']))
    expect(new Set(lines(all.text()).map(({ project }) => project))).toEqual(
      new Set(['default', 'other']),
    )
    expect(lines(own.text())[0]?.metadata.source).toBe('/1.0/profiles/default?project=other')
  })

  it('shows of the log what matters as much as --loglevel says', async () => {
    await using quiet = await monitor('--type=logging', '--pretty', '--loglevel=error')
    await using loud = await monitor('--type=logging', '--format=json', '--loglevel=debug')
    await world.lxc('info')
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    for (const event of lines(loud.text()))
      expect(['debug', 'info', 'warning', 'error']).toContain(event.metadata.level)
    expect(quiet.text()).not.toMatch(/level=(info|debug|warning)/)
  })
})
