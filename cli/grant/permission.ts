/** The application permission that the app needs. */
export const PERMISSION = 'CloudPC.ReadWrite.All';
