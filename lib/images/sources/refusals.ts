import { LxworksError } from '../../core/errors.ts'

/** Text of somebody else's, short and on one line. */
export function shown(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 200))
}

export function badAddress(url: string, why: string): LxworksError {
  return new LxworksError(`${shown(url)} cannot be asked for images: ${why}; give another URL`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_BAD_URL',
    context: { url },
  })
}

export function badRequest(why: string): LxworksError {
  return new LxworksError(`The source of the image cannot be used: ${why}`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_BAD_REQUEST',
  })
}

export function insecure(url: string): LxworksError {
  return new LxworksError(
    `${shown(url)} is not asked: whoever listens on the way could give another image; use https`,
    { kind: 'invalid', code: 'IMAGE_SOURCE_INSECURE', context: { url } },
  )
}

export function misdirected(url: string, why: string): LxworksError {
  return new LxworksError(`${shown(url)} cannot be followed: ${why}; use another server`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_MISDIRECTED',
    context: { url },
  })
}

export function tooLarge(url: string, limit: number): LxworksError {
  return new LxworksError(`${shown(url)} gives more than ${limit} bytes; nothing is kept`, {
    kind: 'invalid',
    code: 'IMAGE_SOURCE_TOO_LARGE',
    context: { url, limit },
  })
}

export function badCertificate(cause: unknown): LxworksError {
  return new LxworksError(
    'The certificate of the source is none; give it as PEM, or leave it out for a server that an authority vouches for',
    { kind: 'invalid', code: 'IMAGE_SOURCE_BAD_CERTIFICATE', cause },
  )
}

export function unreachable(url: string, why: string, cause?: unknown): LxworksError {
  return new LxworksError(`${shown(url)} cannot be read: ${why}; try again later`, {
    kind: 'unavailable',
    code: 'IMAGE_SOURCE_UNREACHABLE',
    retryable: true,
    context: { url },
    cause,
  })
}

export function proxyRefused(host: string, status: number): LxworksError {
  return new LxworksError(
    `The proxy does not let through to ${shown(host)} (${status}); see the server's core.proxy_https`,
    { kind: 'unavailable', code: 'IMAGE_SOURCE_PROXY', context: { host, status } },
  )
}

export function noSuchProtocol(protocol: string): LxworksError {
  return new LxworksError(
    `Images cannot be fetched by the protocol ${shown(protocol)} here; import the image from files`,
    { kind: 'unsupported', code: 'IMAGE_SOURCE_NO_PROTOCOL', context: { protocol } },
  )
}

export function refused(url: string, status: number): LxworksError {
  const kinds: Readonly<Record<number, 'notFound' | 'denied'>> = {
    401: 'denied',
    403: 'denied',
    404: 'notFound',
  }
  return new LxworksError(`${shown(url)} could not be read: the server answers ${status}`, {
    kind: kinds[status] ?? 'unavailable',
    code: 'IMAGE_SOURCE_REFUSED',
    context: { url, status },
  })
}

export function cutOff(url: string, bytes: number, expected: number): LxworksError {
  return new LxworksError(
    `${shown(url)} ends after ${bytes} of ${expected} bytes, however often it is asked; try again later`,
    { kind: 'unavailable', code: 'IMAGE_SOURCE_CUT_OFF', context: { url, bytes, expected } },
  )
}
