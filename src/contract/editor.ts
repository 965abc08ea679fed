export interface TextOffset {
  /** The URI of the document. */
  readonly uri: string;
  /** In UTF-16 code units from the start of the document. */
  readonly offset: number;
}

export const EditorCommand = {
  /** Replaces the tag of an image reference with the digest to which it currently points. */
  pinImage: 'carvelAirgap.pinImage',
} as const;

export interface EditorCommandArguments {
  /** Without an argument: the image at the cursor. */
  [EditorCommand.pinImage]: [at?: TextOffset];
}
