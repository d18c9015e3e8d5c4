using Azure.Messaging.ServiceBus;
using static Azure.Messaging.ServiceBus.ServiceBusFailureReason;

namespace ServiceBusCheck;

/// <summary>How a client says that it has lost a session.</summary>
public static class SessionLock
{
    /// <summary>
    /// The refusal itself; or, once the client has seen that its link is gone, a receiver that it has closed, or a new
    /// link for a session that another receiver holds by then.
    /// </summary>
    public static bool IsLost(Exception error) =>
        error is ServiceBusException { Reason: SessionLockLost or SessionCannotBeLocked } or ObjectDisposedException;
}
