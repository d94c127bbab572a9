import { LxworksError } from '../../core/errors.ts'

/** Why a template cannot be used: it is wrong, asks for what templates may not do, or costs too much. */
type Reason = 'bad' | 'forbidden' | 'costly'

/** Thrown inside the engine, which knows neither the template's name nor, in most places, the line. */
export class Fault extends Error {
  readonly reason: Reason

  constructor(reason: Reason, message: string) {
    super(message)
    this.reason = reason
  }
}

export function bad(message: string): Fault {
  return new Fault('bad', message)
}

/** What the caller is told of a fault. */
export function refusal(fault: Fault, name: string, line: number): LxworksError {
  const message = `template ${shown(name)}, line ${line}: ${fault.message}`
  const context = { template: name, line }
  switch (fault.reason) {
    case 'bad':
      return new LxworksError(message, {
        kind: 'invalid',
        code: 'INSTANCE_BAD_TEMPLATE',
        context,
        cause: fault,
      })
    case 'forbidden':
      return new LxworksError(message, {
        kind: 'unsupported',
        code: 'INSTANCE_TEMPLATE_UNSUPPORTED',
        context,
        cause: fault,
      })
    case 'costly':
      return new LxworksError(message, {
        kind: 'invalid',
        code: 'INSTANCE_TEMPLATE_TOO_COSTLY',
        context,
        cause: fault,
      })
  }
}

/** A word of the template's own, short and on one line. */
export function shown(text: string): string {
  const cut = text.slice(0, 60)
  return /^[\w./:-]+$/.test(cut) ? cut : JSON.stringify(cut).replace(/[\u2028\u2029]/g, '')
}
