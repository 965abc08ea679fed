export interface TextOffset {
  /** The document's URI, as text. */
  readonly uri: string;
  /** UTF-16 units from the start of the text. */
  readonly offset: number;
}

export const EditorCommand = {
  /** Replaces the tag of an image reference by the digest that it stands for now. */
  pinImage: 'carvelAirgap.pinImage',
} as const;

export interface EditorCommandArguments {
  /** Without a place: the image at the cursor. */
  [EditorCommand.pinImage]: [at?: TextOffset];
}
