import { LxworksError } from '../../../core/errors.ts'

export function notOnServer(server: string, name: string): LxworksError {
  return new LxworksError(
    `Image not found: the server ${server} has no image ${JSON.stringify(name.slice(0, 200))} that may be read from here; list what it has`,
    { kind: 'notFound', code: 'IMAGE_NOT_ON_SERVER' },
  )
}

export function refusedByServer(server: string, said: string): LxworksError {
  return new LxworksError(`The server ${server} refuses: ${said.slice(0, 500)}`, {
    kind: 'denied',
    code: 'IMAGE_SERVER_REFUSED',
  })
}

export function badAnswer(server: string, why: string, cause?: unknown): LxworksError {
  return new LxworksError(
    `The server ${server} answers with something that is no image: ${why}; use another one`,
    { kind: 'invalid', code: 'IMAGE_SERVER_BAD_ANSWER', cause },
  )
}

export function brokeOff(server: string, why: string, cause: unknown): LxworksError {
  return new LxworksError(
    `The image did not get to the server ${server}: ${why.slice(0, 500)}; have it expected there anew, and send it with the new secret`,
    { kind: 'unavailable', code: 'IMAGE_SENDING_BROKE_OFF', cause },
  )
}

export function notStoredThere(server: string, said: string): LxworksError {
  return new LxworksError(
    `The server ${server} has not kept the image: ${said.slice(0, 500)}; see to that there, and send it with a new secret`,
    { kind: 'invalid', code: 'IMAGE_NOT_STORED_THERE' },
  )
}
