/** Around the part of a document that `npm run bench:publish` writes. */
export const BEGIN = '<!-- measured: npm run bench:publish -->';
export const END = '<!-- end of what was measured -->';
