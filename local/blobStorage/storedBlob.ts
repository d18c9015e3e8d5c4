import { randomBytes } from 'node:crypto';

/** A block blob. */
export type StoredBlob = {
  readonly content: Buffer;
  readonly contentType: string;
  /** With its quotation marks; another one after each write. */
  readonly etag: string;
  readonly createdAt: Date;
  readonly lastModified: Date;
};

/** The blobs of each container, by name. */
export type Containers = Map<string, Map<string, StoredBlob>>;

/** A blob as this write leaves it. @param earlier what it replaces */
export function writeBlob(content: Buffer, contentType: string, earlier?: StoredBlob): StoredBlob {
  const lastModified = new Date();
  const etag = `"0x${randomBytes(8).toString('hex').toUpperCase()}"`;
  return { content, contentType, etag, createdAt: earlier?.createdAt ?? lastModified, lastModified };
}
