import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CertificateWish, makeCertificate } from '../../lib/access/make-certificate.ts'
import { freePort } from '../hostile/access-world.ts'
import { type ClientWorld, type Outcome, openClientWorld } from './world.ts'

const DAY_MS = 86_400_000
const issuer = { commonName: 'authority', ...generateKeyPairSync('ec', { namedCurve: 'P-384' }) }

let world: ClientWorld
let address: string

beforeAll(async () => {
  world = await openClientWorld()
  const root = join(world.directory, 'root')
  await mkdir(root, { mode: 0o711 })
  await writeFile(join(root, 'server.ca'), authority())
  await writePair(root, 'server')
  await world.serve()
  address = `127.0.0.1:${await freePort()}`
  await world.done('config', 'set', `core.https_address=${address}`)
}, 60_000)

afterAll(() => world.close(), 60_000)

function authority(): string {
  return certificate(issuer.commonName, { publicKey: issuer.publicKey, purpose: 'authority' })
}

function certificate(
  commonName: string,
  wish: Pick<CertificateWish, 'publicKey' | 'purpose'>,
): string {
  return makeCertificate({
    ...wish,
    ...{ commonName, organization: 'test', hosts: ['127.0.0.1'] },
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    issuer: { commonName: issuer.commonName, key: issuer.privateKey },
  })
}

/** A key and the certificate that the authority issued for it. */
async function writePair(directory: string, purpose: 'client' | 'server'): Promise<KeyObject> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  await writeFile(join(directory, `${purpose}.crt`), certificate(purpose, { publicKey, purpose }))
  const key = String(privateKey.export({ type: 'sec1', format: 'pem' }))
  await writeFile(join(directory, `${purpose}.key`), key, { mode: 0o600 })
  return privateKey
}

async function client(name: string, options: { readonly issued: boolean }) {
  const conf = join(world.directory, name)
  await mkdir(conf)
  if (options.issued) {
    await writeFile(join(conf, 'client.ca'), authority())
    await writePair(conf, 'client')
  }
  return (...argv: readonly string[]): Promise<Outcome> =>
    world.run('env', `LXD_CONF=${conf}`, `LXD_DIR=${conf}`, 'lxc', ...argv)
}

it('knows the server by its authority, and is trusted by its own only when the server says so', async () => {
  const lxc = await client('issued', { issued: true })
  const add = ['remote', 'add', 'away', address]
  expect((await lxc(...add, '--password', 'x')).stderr).toContain('not authorized')
  await world.done('config', 'set', 'core.trust_ca_certificates=true')
  expect(await lxc(...add)).toMatchObject({ exitCode: 0 })
  expect(await lxc('project', 'list', 'away:')).toMatchObject({ exitCode: 0 })
  await world.done('config', 'unset', 'core.trust_ca_certificates')
  expect((await lxc('project', 'list', 'away:')).stderr).toContain('not authorized')
})

it('does not trust a certificate of its own making, whoever would', async () => {
  const lxc = await client('self-made', { issued: false })
  await world.done('config', 'set', 'core.trust_password=sekret')
  const added = await lxc(
    ...['remote', 'add', 'away', address, '--accept-certificate', '--password', 'sekret'],
  )
  expect(added.stderr).toContain('was not issued by the authority')
  const crt = join(world.directory, 'self-made', 'client.crt')
  const trusted = await world.lxc('config', 'trust', 'add', crt)
  expect(trusted.stderr).toContain('was not issued by the authority')
})
