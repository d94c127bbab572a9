import { z } from 'zod'
import type { CertificateChange, TrustRequest } from '../../access/contract.ts'
import type { Host } from '../../host/contract.ts'
import { clientCertificate } from '../client-certificate.ts'
import { checkMatch } from '../etag.ts'
import { denied, invalid } from '../failures.ts'
import { listed } from '../lists.ts'
import { certificateWire, editableCertificate } from '../render/certificate.ts'
import {
  type Created,
  created,
  data,
  done,
  either,
  type Input,
  param,
  type Route,
  type Started,
  started,
  sync,
} from '../route.ts'
import { flag, optional, orElse, text } from '../schemas.ts'
import { urlOf } from '../urls.ts'

const ONE = '/1.0/certificates/:fingerprint'

const entry = z.object({
  name: optional(z.string()),
  type: orElse(z.enum(['', 'client', 'metrics']), ''),
  restricted: optional(z.boolean()),
  projects: optional(z.array(z.string())),
  certificate: text,
})
const addition = entry.extend({ password: text, token: flag })

type Addition = z.output<typeof addition>

export const certificateRoutes: readonly Route[] = [
  sync({
    method: 'GET',
    path: '/1.0/certificates',
    run: async (host, input) =>
      listed(input, await host.access.trust.list(), {
        url: ({ fingerprint }) => urlOf(['certificates', fingerprint]),
        wire: certificateWire,
      }),
  }),
  either({
    method: 'POST',
    path: '/1.0/certificates',
    body: addition,
    run: async (host, input) => {
      const { trust } = input.caller.trust
      if (trust === 'none') return enrolled(host, input)
      if (input.body.token) return tokenFor(host, input.body)
      if (input.body.certificate === '') throw invalid('Client is already trusted')
      const { certificate } = input.body
      return trusted(await host.access.trust.add(certificate, requestOf(input.body)))
    },
  }),
  sync({
    method: 'GET',
    path: ONE,
    run: async (host, input) => {
      const record = await host.access.trust.get(param(input, 'fingerprint'))
      return data(certificateWire(record), editableCertificate(record))
    },
  }),
  sync({
    method: 'PUT',
    path: ONE,
    body: entry,
    run: (host, input) => {
      const { name = '', restricted = false, projects = [] } = input.body
      return change(host, input, { ...changeOf(input.body), name, restricted, projects })
    },
  }),
  sync({
    method: 'PATCH',
    path: ONE,
    body: entry,
    run: (host, input) => change(host, input, changeOf(input.body)),
  }),
  sync({
    method: 'DELETE',
    path: ONE,
    run: async (host, input) => {
      await host.access.trust.delete(param(input, 'fingerprint'))
      return done
    },
  }),
]

/** Somebody who is not trusted and knows a secret; by default, with the certificate of the connection. */
async function enrolled(host: Host, { body, caller, request }: Input<Addition>): Promise<Created> {
  const certificate = body.certificate || clientCertificate(request.socket)
  if (body.token || certificate === undefined) throw denied('not authorized')
  const address = caller.address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  const { password } = body
  return trusted(
    await host.access.enroll({ certificate, password, address, request: requestOf(body) }),
  )
}

async function tokenFor(host: Host, body: Addition): Promise<Started> {
  if (body.type !== 'client') throw invalid('Tokens can only be issued for client certificates')
  const name = body.name ?? ''
  if (name === '') throw invalid('a token needs the name of the client that it is for')
  const { operation } = await host.access.issueToken({ ...requestOf(body), name })
  return started(operation)
}

async function change(host: Host, input: Input<z.output<typeof entry>>, to: CertificateChange) {
  const record = await host.access.trust.get(param(input, 'fingerprint'))
  checkMatch(input, editableCertificate(record))
  await host.access.trust.update(record.fingerprint, to)
  return done
}

function trusted({ fingerprint }: { readonly fingerprint: string }): Created {
  return created(urlOf(['certificates', fingerprint]))
}

function requestOf({ name, type, restricted, projects }: z.output<typeof entry>): TrustRequest {
  return {
    ...(name !== undefined && { name }),
    ...(type !== '' && { type }),
    ...(restricted !== undefined && { restricted }),
    ...(projects && { projects }),
  }
}

function changeOf(body: z.output<typeof entry>): CertificateChange {
  const { certificate } = body
  return { ...requestOf(body), ...(certificate !== '' && { certificate }) }
}
