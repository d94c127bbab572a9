import type { IncomingMessage } from 'node:http'

/** With it an image can be sent by somebody who may do nothing else. */
export function secretOf({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const secret = headers['x-lxd-secret']
  return typeof secret === 'string' && secret !== '' ? secret : undefined
}
