import type { WarningSink, WarningSubject } from '../warnings.ts'

/** Keeps what is wrong now, and what was resolved. */
export class FakeWarnings implements WarningSink {
  /** `type`, or `type kind name`, to the last message. */
  readonly raised = new Map<string, string>()
  readonly resolved: string[] = []

  async raise(subject: WarningSubject, message: string): Promise<void> {
    this.raised.set(wordsOf(subject), message)
  }

  async resolve(subject: WarningSubject): Promise<void> {
    if (this.raised.delete(wordsOf(subject))) this.resolved.push(wordsOf(subject))
  }
}

function wordsOf({ type, entity }: WarningSubject): string {
  return entity === undefined ? type : `${type} ${entity.kind} ${entity.name}`
}
