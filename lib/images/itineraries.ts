import { rename, rm, stat } from 'node:fs/promises'
import type { Itinerary } from '../core/journal.ts'
import type { Files } from '../core/ports.ts'
import type { ImageRecords, NewImage } from './records.ts'
import { splitDiffers } from './refusals.ts'

/** Everything of an import that remains to be done once the files are staged and inspected. */
export interface ImportPlan {
  readonly image: Omit<NewImage, 'createdAt' | 'expiresAt' | 'uploadedAt'> & {
    readonly createdAt: string | undefined
    readonly expiresAt: string | undefined
    readonly uploadedAt: string
  }
  readonly moves: readonly { readonly from: string; readonly to: string }[]
}

export interface RemovalPlan {
  readonly project: string
  readonly fingerprint: string
  readonly files: readonly string[]
}

interface Walks {
  readonly records: ImageRecords
  readonly files: Files
}

export function importItinerary({ records }: Walks): Itinerary<ImportPlan> {
  const held = async ({ image }: ImportPlan): Promise<boolean> =>
    (await records.holders(image.fingerprint)) > 0
  return {
    kind: 'image.import',
    afterCrash: 'reverse',
    steps: (plan) => [
      {
        name: 'store the files',
        run: async () => {
          // Another project's copy is the same bytes; it stays where it is.
          const isHeld = await held(plan)
          if (isHeld) await refuseOtherSplit(plan)
          for (const { from, to } of plan.moves)
            await (isHeld ? rm(from, { force: true }) : rename(from, to))
        },
        undo: async () => {
          const keep = await held(plan)
          for (const { from, to } of plan.moves) {
            await rm(from, { force: true })
            if (!keep) await rm(to, { force: true })
          }
        },
      },
      {
        name: 'record the image',
        run: () => records.insert(fromPlan(plan)),
        undo: () => records.remove(plan.image.project, plan.image.fingerprint),
      },
    ],
  }
}

/** Where the one file ends and the other begins is no part of the fingerprint, and decides what an instance gets. */
async function refuseOtherSplit({ image, moves: [first] }: ImportPlan): Promise<void> {
  if (first && (await sizeOf(first.from)) !== (await sizeOf(first.to)))
    throw splitDiffers(image.fingerprint)
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path)).size
}

export function removalItinerary({ records, files }: Walks): Itinerary<RemovalPlan> {
  return {
    kind: 'image.delete',
    afterCrash: 'finish',
    steps: (plan) => [
      { name: 'forget the image', run: () => records.remove(plan.project, plan.fingerprint) },
      {
        name: 'remove its files',
        run: async () => {
          if ((await records.holders(plan.fingerprint)) > 0) return
          await Promise.all(plan.files.map((path) => files.remove(path)))
        },
      },
    ],
  }
}

function fromPlan({ image }: ImportPlan): NewImage {
  return {
    ...image,
    createdAt: date(image.createdAt),
    expiresAt: date(image.expiresAt),
    uploadedAt: new Date(image.uploadedAt),
  }
}

function date(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text)
}
