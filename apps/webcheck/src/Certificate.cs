using System;
using System.Collections.Generic;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

/// <summary>A server's certificate.</summary>
internal sealed class Certificate
{
    private readonly string subject;
    private readonly string issuer;
    private readonly DateTime end;

    public Certificate(X509Certificate2 certificate, DateTime now)
    {
        subject = certificate.Subject;
        issuer = certificate.Issuer;
        end = certificate.NotAfter.ToUniversalTime();
        DaysLeft = (long)Math.Floor((end - now).TotalDays);
    }

    /// <summary>Whole days until it ends; negative when it has.</summary>
    public long DaysLeft { get; private set; }

    public Dictionary<string, object> ToJson()
    {
        return new Dictionary<string, object>
        {
            { "days_left", DaysLeft },
            { "expires", end.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) },
            { "subject", subject },
            { "issuer", issuer },
        };
    }
}
