import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import type { Instance, LaunchRequest } from '../../lib/index.ts'
import { type Applications, openApplications } from './application-world.ts'
import { type HostWorld, openHostWorld } from './host-world.ts'
import { machine, NOTHING } from './machine.ts'
import { file } from './tar-file.ts'

let world: HostWorld
let applications: Applications

beforeAll(async () => {
  world = await openHostWorld()
  applications = await openApplications()
})

afterAll(async () => {
  await applications?.registry.stop()
  await world.close()
  assert.deepEqual(await machine(world.mark), NOTHING)
})

async function launched(
  what: string,
  config: object,
  more: Partial<LaunchRequest> = {},
): Promise<Instance> {
  const image = applications.image(what, config)
  return world.host.instances.launch({
    name: world.name(what),
    image,
    devices: world.disk,
    ...more,
  })
}

/** Its exit code, once it has ended by itself. */
async function ended(instance: Instance): Promise<number | undefined> {
  for (;;) {
    const { status, exitCode } = await instance.state()
    if (status === 'Stopped' && exitCode !== undefined) return exitCode
    await pause(20)
  }
}

const shell = (script: string): object => ({ Entrypoint: ['/bin/sh', '-c', script] })
const printed = async (instance: Instance): Promise<string> =>
  (await instance.consoleLog()).toString().replaceAll('\r', '')

describe('the container of an application', () => {
  it('runs what its image says: command, user, directory, environment; what it prints is in the log', async () => {
    await using box = await launched('says', {
      ...shell(
        'echo "$GREETING from $(id -u):$(id -g) in $(pwd), home $HOME, groups $(id -G)"; exit 7',
      ),
      ...{ User: 'web', WorkingDir: '/srv/made', Env: ['GREETING=hello you', 'PATH=/bin'] },
    })
    assert.equal(await ended(box), 7)
    assert.equal(await printed(box), 'hello you from 33:34 in /srv/made, home /srv, groups 34 77\n')
    const { config, status } = await box.record()
    assert.equal(status, 'Stopped')
    assert.equal(config['volatile.container.oci'], 'true')
    assert.equal(config['oci.cwd'], '/srv/made')
    assert.equal(config['oci.uid'], '33')
    assert.equal(config['environment.GREETING'], 'hello you')
    assert.equal(config['image.type'], 'oci')
  })

  it('that ends at once has been started, and can be started again', async () => {
    await using box = await launched('once', { Cmd: ['/bin/true'] })
    assert.equal(await ended(box), 0)
    await box.start()
    assert.equal(await ended(box), 0)
  })

  it('runs what its creator says instead', async () => {
    const config = {
      'oci.entrypoint': "sh -c 'echo mine; exit 3'",
      'oci.cwd': '/tmp',
      'oci.uid': '5',
    }
    await using box = await launched('own', shell('exit 1'), { config })
    assert.equal(await ended(box), 3)
    assert.equal(await printed(box), 'mine\n')
    assert.equal((await box.record()).config['oci.gid'], '0')
  })

  it('tells why a command cannot be run, as a shell would: 127 for one that is not there', async () => {
    await using box = await launched('absent', { Cmd: ['/bin/none'] })
    assert.equal(await ended(box), 127)
    assert.match(await printed(box), /cannot run \/bin\/none: No such file/)
  })

  it('is asked to end by the signal that its image names, once', async () => {
    const script =
      'trap "echo quit; exit 4" QUIT; trap "echo term; exit 5" TERM; echo ready; while :; do sleep 0.05; done'
    await using box = await launched('signal', { ...shell(script), StopSignal: 'SIGQUIT' })
    await box.ready({ kind: 'log', pattern: /ready/ })
    await box.stop({ timeoutMs: 20_000 })
    assert.equal((await box.state()).exitCode, 4)
  })

  it('ends at SIGTERM also where the program has no handler for it', async () => {
    await using box = await launched('term', { Cmd: ['/bin/sleep', '1000'] })
    await box.stop({ timeoutMs: 20_000 })
    assert.equal((await box.state()).exitCode, 143)
  })

  it('can be looked into, and has no zombies', async () => {
    await using box = await launched('inside', shell('(sleep 0.05 &); exec sleep 1000'))
    const { stdout } = await box.exec(['/bin/env'])
    assert.match(stdout.toString(), /PATH=/)
    await pause(300)
    const listed = (await box.exec(['/bin/ps', '-o', 'stat,args'])).stdout.toString()
    assert.doesNotMatch(listed, /^Z/m)
    assert.match(listed, /\/dev\/\.lxworks\/init/)
    await box.stop({ force: true })
  })

  it('has an address, a name and a name server before it runs', async () => {
    const script =
      'cat /etc/resolv.conf /etc/hosts /etc/hostname; ip -4 addr show eth0; ip route; exec sleep 1000'
    await using box = await launched('net', shell(script), { devices: world.devices })
    await using other = await launched(
      'net2',
      { Cmd: ['/bin/sleep', '1000'] },
      { devices: world.devices },
    )
    const { network } = await box.state()
    const [own] = network?.eth0?.addresses.filter(({ family }) => family === 'inet') ?? []
    const { config } = await world.host.networks.get(world.network)
    const gateway = (config['ipv4.address'] ?? '').replace(/\/.*/, '')
    const text = await printed(box)
    assert.match(text, new RegExp(`nameserver ${gateway}\nsearch lxd`))
    assert.match(text, new RegExp(`${own?.address} ${box.name}`))
    assert.match(text, new RegExp(`default via ${gateway} dev eth0`))
    const [others] =
      (await other.state()).network?.eth0?.addresses.filter(({ family }) => family === 'inet') ?? []
    assert.notEqual(others?.address, own?.address)
    const leases = await world.host.networks.leases(world.network)
    assert.ok(leases.some(({ address, type }) => address === own?.address && type === 'static'))
    const pinged = await other.exec(
      ['/bin/busybox', 'ping', '-c', '1', '-W', '5', own?.address ?? ''],
      { cwd: '/' },
    )
    assert.equal(pinged.exitCode, 0)
  })

  it('is made of its layers, with what upper ones hide', async () => {
    const image = applications.image(
      'layers',
      shell('ls /srv /etc; cat /srv/a'),
      [file('srv/a', 'one'), file('srv/b')],
      [file('srv/.wh.b'), file('srv/a', 'two\n'), file('etc/.wh.group')],
    )
    await using box = await world.host.instances.launch({
      name: world.name('layers'),
      image,
      devices: world.disk,
    })
    assert.equal(await ended(box), 0)
    assert.match(await printed(box), /^\/etc:\n.*passwd.*\/srv:\na\ntwo\n$/s)
    assert.doesNotMatch(await printed(box), /group|wh\./)
    await using again = await world.host.instances.launch({
      name: world.name('layers2'),
      image,
      devices: world.disk,
    })
    await using third = await world.host.instances.launch({
      name: world.name('layers3'),
      image,
      devices: world.disk,
    })
    for (const one of [again, third]) {
      await ended(one)
      assert.equal(await printed(one), await printed(box))
    }
  })

  it('cannot reach the host through links in its /etc', async () => {
    const links = ['hosts', 'hostname', 'resolv.conf'].map((name) => ({
      name: `etc/${name}`,
      type: '2',
      link: `../../../../../var/tmp/${world.mark}-canary-${name}`,
    }))
    const image = applications.image('links', shell('cat /etc/hostname; ls /var/tmp'), links)
    await using box = await world.host.instances.launch({
      name: world.name('links'),
      image,
      devices: world.disk,
    })
    assert.equal(typeof (await ended(box)), 'number')
    assert.deepEqual(
      (await import('node:fs'))
        .readdirSync('/var/tmp')
        .filter((name) => name.startsWith(`${world.mark}-canary`)),
      [],
    )
  })

  it('without a command, or with keys of one in a system, is refused', async () => {
    const image = applications.image('empty', {})
    await assert.rejects(
      world.host.instances.launch({ name: world.name('empty'), image, devices: world.disk }),
      { code: 'INSTANCE_NO_COMMAND' },
    )
    await assert.rejects(
      world.host.instances.launch({
        name: world.name('system'),
        image: 'busybox',
        devices: world.disk,
        config: { 'oci.uid': '1' },
      }),
      { code: 'INSTANCE_NO_APPLICATION' },
    )
  })
})
