/** The version of this build. */

declare const CCDISPATCH_VERSION: string;

export const version = typeof CCDISPATCH_VERSION === 'string' ? CCDISPATCH_VERSION : '0.0.0-dev';
