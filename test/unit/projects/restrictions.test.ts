import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Device } from '../../../lib/projects/contract.ts'
import { restrictionKeys } from '../../../lib/projects/restriction-keys.ts'
import { FORBIDDEN, type Given } from './forbidden-things.ts'
import { openWorld, root, rows, type World } from './world.ts'

let world: World

beforeEach(async () => {
  world = await openWorld()
})

afterEach(() => world.database.close())

const RESTRICTED = {
  ...{ 'features.profiles': 'true', 'features.images': 'true', 'features.storage.volumes': 'true' },
  restricted: 'true',
}

const DEFAULTS = new Map<string, string>(
  Object.entries(restrictionKeys).flatMap(([key, declared]) =>
    'default' in declared ? [[key, declared.default] as const] : [],
  ),
)

const restricted = (rules: Readonly<Record<string, string>> = {}): Promise<void> =>
  world.projects.create({ name: 'p1', config: { ...RESTRICTED, ...rules } })

const add = (given: Given): Promise<void> =>
  world.addInstance('c1', {
    project: 'p1',
    ...given,
    ...(given?.devices && { devices: { ...root, ...given.devices } }),
  })

const options = (config: Readonly<Record<string, string>>): Given => ({ config })

const device = (given: Device): Given => ({ devices: { d: given } })

describe.each(FORBIDDEN)('restricted.$restriction', ({ restriction, what, given }) => {
  const refusal = {
    ...{ kind: 'denied', code: 'PROJECT_RESTRICTED' },
    context: { project: 'p1', restriction: `restricted.${restriction}` },
  }

  it(`forbids ${what} unless told otherwise`, async () => {
    await restricted()
    const before = await rows(world)
    await expect(add(given)).rejects.toMatchObject(refusal)
    expect(await rows(world)).toEqual(before)
    const config = { ...RESTRICTED, [`restricted.${restriction}`]: 'allow' }
    await world.projects.update('p1', { config })
    await add(given)
  })

  it(`forbids ${what} as well when it is emptied, and when it says what it would say anyway`, async () => {
    const key = `restricted.${restriction}`
    for (const value of ['', DEFAULTS.get(key) ?? 'none']) {
      await world.projects.create({ name: 'p1', config: { ...RESTRICTED, [key]: value } })
      await expect(add(given)).rejects.toMatchObject(refusal)
      await world.projects.update('p1', { config: { ...RESTRICTED, [key]: 'allow' } })
      await world.projects.update('p1', { config: { ...RESTRICTED, [key]: value } })
      await expect(add(given)).rejects.toMatchObject(refusal)
      await world.projects.delete('p1')
    }
  })

  it(`cannot come over ${what} that is there, and says who has it`, async () => {
    await world.projects.create({ name: 'p1' })
    await add(given)
    const before = await rows(world)
    await expect(world.projects.update('p1', { config: RESTRICTED })).rejects.toMatchObject({
      ...{ kind: 'invalid', code: 'PROJECT_HOLDS_FORBIDDEN' },
      context: { restriction: `restricted.${restriction}` },
      message: expect.stringMatching(/^Conflict detected when changing .*"c1"/),
    })
    expect(await rows(world)).toEqual(before)
  })

  it('means nothing while the project is not restricted', async () => {
    const config = { ...RESTRICTED, restricted: 'false', 'restricted.containers.nesting': 'block' }
    await world.projects.create({ name: 'p1', config })
    await add(given)
  })
})

describe('a restricted project', () => {
  it.each<[string, Given]>([
    ['nothing special', {}],
    ['options that are off', options({ 'security.nesting': 'no', 'security.privileged': 'false' })],
    ['limits and notes of its own', options({ 'limits.memory': '1GiB', 'user.a': 'b' })],
    ['a disk that masks one of a profile', device({ type: 'none' })],
    ['a NIC of a network', device({ type: 'nic', network: 'lxdbr0' })],
    ['a volume', device({ type: 'disk', pool: 'default', source: 'v', path: '/v' })],
    ['its configuration disk', device({ type: 'disk', source: 'cloud-init:config' })],
    ['a TPM', device({ type: 'tpm', path: '/dev/tpm0' })],
  ])('lets an instance have %s', async (_, given) => {
    await restricted()
    await add(given)
  })

  it('needs profiles of its own, be they refused or left out', async () => {
    const code = 'PROJECT_SHARES_PROFILES'
    for (const own of [{ 'features.profiles': 'false' }, { 'features.profiles': '' }]) {
      const config = { ...RESTRICTED, ...own }
      await expect(world.projects.create({ name: 'p1', config })).rejects.toMatchObject({ code })
    }
    await world.projects.create({ name: 'p1' })
    await expect(
      world.projects.update('p1', { config: { restricted: 'true' } }),
    ).rejects.toMatchObject({ code })
  })

  it('forbids in profiles what either type of instance may not have', async () => {
    await restricted({ 'restricted.containers.lowlevel': 'allow' })
    const config = { 'raw.idmap': 'both 1000 1000' }
    await expect(world.profiles.create('p1', { name: 'low', config })).rejects.toMatchObject({
      ...{ kind: 'denied', code: 'PROJECT_RESTRICTED' },
      context: { restriction: 'restricted.virtual-machines.lowlevel', holder: 'profile "low"' },
    })
    await expect(
      world.profiles.update('p1', 'default', {
        devices: { d: { type: 'nic', nictype: 'bridged', parent: 'br0' } },
      }),
    ).rejects.toMatchObject({ code: 'PROJECT_RESTRICTED' })
  })

  it('has nothing against an option that is emptied', async () => {
    await restricted()
    const config = { 'raw.lxc': '', 'security.syscalls.intercept.mknod': '' }
    await world.profiles.update('p1', 'default', { config })
    await add({ config })
  })

  it('forbids devices of types that it does not know', async () => {
    await restricted()
    await world.addInstance('c1', { project: 'p1' })
    const unknown = { what: 'device "d"', type: 'teleporter' }
    await expect(
      world.gate.instance({
        ...{ project: 'p1', name: 'c1', type: 'container', config: {}, profiles: [] },
        devices: { ...root, d: unknown },
      }),
    ).rejects.toMatchObject({ kind: 'invalid' })
  })
})
