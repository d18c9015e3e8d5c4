/** What to do if a stand-in cannot be reached. */
export const LOCAL_HINT = 'Is `npm start` or `npm run local` running?';
/** What to do if something in Azure cannot be reached. */
export const NETWORK_HINT = 'Check your network.';
