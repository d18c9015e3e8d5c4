import { bearerToken, type HttpRequest } from '../http/httpRequest.ts';
import type { HttpResponse } from '../http/httpResponse.ts';
import { storageError } from './storageError.ts';

/** The first version of the service that takes tokens of Microsoft Entra ID ("Versioning for Azure Storage"). */
const FIRST_VERSION_WITH_TOKENS = '2017-11-09';

const challenge = {
  'WWW-Authenticate':
    'Bearer authorization_uri=https://login.microsoftonline.com/00000000-0000-0000-0000-000000000000/oauth2/authorize resource_id=https://storage.azure.com',
};
const seeChallenge =
  'Server failed to authenticate the request. Please refer to the information in the www-authenticate header.';

/**
 * The refusal of a request whose token is not good ("Authorize with Microsoft Entra ID"). A container that is private
 * knows no other way in here.
 */
export function refuseToken(
  { headers }: HttpRequest,
  acceptToken: (token: string) => boolean,
): HttpResponse | undefined {
  const version = headers['x-ms-version'];
  const token = bearerToken(headers);
  if (headers.authorization === undefined)
    return storageError(401, 'NoAuthenticationInformation', seeChallenge, { headers: challenge });
  if (typeof version !== 'string' || version < FIRST_VERSION_WITH_TOKENS)
    return authenticationFailed('Authentication scheme Bearer is not supported in this version.');
  if (token === '') return authenticationFailed('The local Blob Storage takes bearer tokens only.');
  if (!acceptToken(token))
    return storageError(401, 'InvalidAuthenticationInfo', seeChallenge, {
      detail: 'The token is not for Azure Storage, or its time is over.',
      headers: challenge,
    });
  if (!/^\d{4}-\d\d-\d\d$/.test(version))
    return storageError(
      400,
      'InvalidHeaderValue',
      'The value for one of the HTTP headers is not in the correct format: x-ms-version.',
    );
  return undefined;
}

function authenticationFailed(detail: string): HttpResponse {
  return storageError(
    403,
    'AuthenticationFailed',
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
    { detail },
  );
}
