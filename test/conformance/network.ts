import assert from 'node:assert/strict'
import type { RawConfig } from '../../lib/core/config.ts'
import type { NetworkDriver, NetworkSetup, NicSpec } from '../../lib/network/contract.ts'

/** A driver of networks under test. */
export interface NetworkSubject {
  readonly driver: NetworkDriver
  /** A name and a configuration that nothing on the host is in the way of; another one at each call. */
  network(): Promise<{ readonly name: string; readonly config: RawConfig }>
  /** Options that change something on the host, to be put over those of `network()`. */
  readonly change: RawConfig
  /** Fixed addresses inside that network, as an interface may ask for them. */
  fixed(config: RawConfig): Pick<NicSpec, 'ipv4' | 'ipv6'>
  /** Whatever of the host the driver may touch: links, addresses, rules, processes, files. Compared before and after every rule. */
  host(): Promise<unknown>
}

/** One rule, as data: any runner can run it and the docs can count it. */
export interface NetworkRule {
  readonly name: string
  /** Throws where the rule does not hold. */
  run(subject: NetworkSubject): Promise<void>
}

type Work = (subject: NetworkSubject, network: NetworkSetup) => Promise<void>

/** A rule about one network that is completed and not yet set up; after its teardown the host must be as it was. */
function rule(name: string, work: Work): NetworkRule {
  return {
    name,
    async run(subject) {
      const before = await subject.host()
      const network = await completed(subject)
      await work(subject, network)
      await subject.driver.teardown(network)
      assert.deepEqual(await subject.host(), before, 'the host is not as before')
    },
  }
}

async function completed(subject: NetworkSubject): Promise<NetworkSetup> {
  const { name, config } = await subject.network()
  const asked = { name, project: 'default', config }
  return { ...asked, config: await subject.driver.complete(asked) }
}

const owner = { project: 'default', instance: 'c1' }

function nicOf(subject: NetworkSubject, network: NetworkSetup): NicSpec {
  return {
    device: 'eth0',
    name: 'eth0',
    hostName: 'veth0',
    hwaddr: '00:16:3e:11:22:33',
    parent: network.name,
    network: network.name,
    config: {},
    ...subject.fixed(network.config),
  }
}

const configuring: readonly NetworkRule[] = [
  rule('completing touches nothing', async (subject, network) => {
    const before = await subject.host()
    await subject.driver.complete(network)
    assert.deepEqual(await subject.host(), before)
  }),
  rule('completed configuration is complete', async ({ driver }, network) => {
    assert.deepEqual(await driver.complete(network, network.config), network.config)
  }),
  rule('an unknown option is refused', async ({ driver }, network) => {
    const config = { ...network.config, 'no.such.option': 'x' }
    await assert.rejects(driver.complete({ ...network, config }), { kind: 'invalid' })
  }),
]

const settingUp: readonly NetworkRule[] = [
  rule('setting up changes the host, and taking down changes it back', async (subject, network) => {
    const before = await subject.host()
    await subject.driver.setup(network)
    assert.notDeepEqual(await subject.host(), before)
  }),
  rule('setting up twice is as setting up once', async (subject, network) => {
    await subject.driver.setup(network)
    const once = await subject.host()
    await subject.driver.setup(network)
    assert.deepEqual(await subject.host(), once)
  }),
  rule('a change is undone by setting up as before', async (subject, network) => {
    await subject.driver.setup(network)
    const once = await subject.host()
    const config = await subject.driver.complete(
      { ...network, config: { ...network.config, ...subject.change } },
      network.config,
    )
    await subject.driver.setup({ ...network, config })
    assert.notDeepEqual(await subject.host(), once)
    await subject.driver.setup(network)
    assert.deepEqual(await subject.host(), once)
  }),
  rule('taking down what is down is silent', async (subject, network) => {
    await subject.driver.teardown(network)
    await subject.driver.setup(network)
    await subject.driver.teardown(network)
    await subject.driver.teardown(network)
  }),
  rule('two networks come and go at once', async (subject, network) => {
    const other = await completed(subject)
    await Promise.all([subject.driver.setup(network), subject.driver.setup(other)])
    await Promise.all([subject.driver.teardown(network), subject.driver.teardown(other)])
  }),
]

const attaching: readonly NetworkRule[] = [
  rule(
    'an attached interface has its fixed addresses until it is detached',
    async (subject, network) => {
      const { driver } = subject
      await driver.setup(network)
      const nic = nicOf(subject, network)
      const fixed = async (): Promise<readonly string[]> =>
        (await driver.leases(network))
          .filter(({ type }) => type === 'static')
          .map((one) => one.address)
      await driver.attach(network, nic, owner)
      await driver.attach(network, nic, owner)
      assert.deepEqual(
        await fixed(),
        [nic.ipv4, nic.ipv6].filter((one) => one !== undefined),
      )
      await driver.detach(network, nic, owner)
      await driver.detach(network, nic, owner)
      assert.deepEqual(await fixed(), [])
    },
  ),
  rule('an attached interface goes with its network', async (subject, network) => {
    await subject.driver.setup(network)
    await subject.driver.attach(network, nicOf(subject, network), owner)
  }),
  rule('a fixed address of another subnet is refused', async (subject, network) => {
    await subject.driver.setup(network)
    const nic = { ...nicOf(subject, network), ipv4: '198.51.100.7' }
    await assert.rejects(subject.driver.attach(network, nic, owner), { kind: 'invalid' })
  }),
]

/** What holds of every driver of networks. */
export const networkRules: readonly NetworkRule[] = [...configuring, ...settingUp, ...attaching]
