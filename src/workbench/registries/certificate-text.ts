import * as vscode from 'vscode';

import type { CertificateDetails } from '../../oci/inspect-certificate.ts';

/** Formats a certificate for comparison by eye, one field per line. */
export function certificateText(certificate: CertificateDetails): string {
  const { subject, issuer, names, validFrom, validTo, fingerprint } = certificate;
  return [
    vscode.l10n.t('Valid for: {0}', names.length === 0 ? subject : names.join(', ')),
    vscode.l10n.t('Subject: {0}', subject),
    subject === issuer ? vscode.l10n.t('Self-signed') : vscode.l10n.t('Signed by: {0}', issuer),
    vscode.l10n.t('Validity: {0} to {1}', day(validFrom), day(validTo)),
    vscode.l10n.t('SHA-256 fingerprint: {0}', fingerprint),
  ].join('\n');
}

/**
 * Explains why a certificate is not trusted.
 * @param code the error code of Node or OpenSSL
 */
export function problemText(code: string): string {
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return vscode.l10n.t(
        'The certificate is not valid for this host, although its authority is known. This may be a different server.',
      );
    case 'CERT_HAS_EXPIRED':
      return vscode.l10n.t('The certificate has expired. Have it renewed if you can.');
    case 'CERT_NOT_YET_VALID':
      return vscode.l10n.t("The certificate is not valid yet. Check this machine's clock before you trust it.");
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return vscode.l10n.t('Self-signed: no authority vouches for it.');
    default:
      return vscode.l10n.t('The certificate is signed by an authority that this machine does not know ({0}).', code);
  }
}

function day(iso: string): string {
  return iso.slice(0, 10);
}
