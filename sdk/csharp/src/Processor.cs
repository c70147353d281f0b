using System;
using System.Collections.Generic;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Elves
{
    /// <summary>
    /// Verifies what a center sends to an app's processor (Standard Webhooks), and reads it.
    ///
    /// A delivery may come twice, with the same id: remember those that were handled.
    /// </summary>
    public sealed class Processor
    {
        /// <summary>Seconds that a delivery's time may be off, in both directions.</summary>
        public const int Tolerance = 300;

        private const string Prefix = "whsec_";
        private const string SignatureVersion = "v1,";

        private static readonly DateTime epoch = new DateTime(1970, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        private readonly List<byte[]> keys = new List<byte[]>();

        /// <summary>
        /// Takes secrets, <c>whsec_</c> and base64 each: one, or during a rotation the old one and the new one.
        /// </summary>
        public Processor(params string[] secrets)
        {
            if (secrets.Length == 0)
                throw new ArgumentException("a processor needs a secret");
            foreach (var secret in secrets)
            {
                var isOne = secret.StartsWith(Prefix, StringComparison.Ordinal);
                var key = isOne ? Decoded(secret.Substring(Prefix.Length)) : null;
                if (key == null || key.Length == 0)
                    throw new ArgumentException(
                        "secret number " + (keys.Count + 1) + " is not " + Prefix + " and base64");
                keys.Add(key);
            }
        }

        /// <summary>Verifies a request of now, see the other form.</summary>
        public Delivery Receive(IEnumerable<KeyValuePair<string, string>> headers, byte[] body)
        {
            return Receive(headers, body, DateTime.UtcNow);
        }

        /// <summary>
        /// Verifies a request and reads its body; throws <see cref="Rejected"/>.
        ///
        /// Names of headers may be in any case. The body is the bytes as they came, not parsed and written again.
        /// </summary>
        public Delivery Receive(IEnumerable<KeyValuePair<string, string>> headers, byte[] body, DateTime now)
        {
            var id = Header(headers, "webhook-id");
            var time = Header(headers, "webhook-timestamp");
            var signatures = Header(headers, "webhook-signature");
            // Id, time and body are signed with a "." in between: with one in the id, a part of the body could be
            // passed for a body.
            if (id.IndexOf('.') >= 0)
                throw Malformed("webhook-id");
            long seconds;
            if (!long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out seconds)
                || (time[0] == '0' && time.Length > 1))
                throw Malformed("webhook-timestamp");
            if (!IsSigned(id + "." + time + ".", body, signatures))
                throw new Rejected(RejectionCause.Signature,
                    "no signature fits: is the secret the one of the center, and the body as it came?");
            var late = (now.ToUniversalTime() - epoch).TotalSeconds - seconds;
            if (!(Math.Abs(late) <= Tolerance))
                throw new Rejected(RejectionCause.Time, "the time is "
                    + Math.Round(Math.Abs(late)).ToString(CultureInfo.InvariantCulture) + " s in the "
                    + (late > 0 ? "past" : "future") + ", " + Tolerance + " are allowed: are both clocks right?");
            return new Delivery(id, Members(body));
        }

        private static Dictionary<string, object> Members(byte[] body)
        {
            object value;
            try
            {
                value = Json.Parse(body);
            }
            catch (JsonError error)
            {
                throw new Rejected(RejectionCause.Body, "the body is not JSON: " + error.Message);
            }
            var members = value as Dictionary<string, object>;
            if (members == null)
                throw new Rejected(RejectionCause.Body, "the body is no JSON object");
            return members;
        }

        /// <summary>
        /// Whether one of the signatures was made with one of the keys; those of another version do not count.
        /// </summary>
        private bool IsSigned(string head, byte[] body, string signatures)
        {
            var prefix = Encoding.UTF8.GetBytes(head);
            var message = new byte[prefix.Length + body.Length];
            Array.Copy(prefix, message, prefix.Length);
            Array.Copy(body, 0, message, prefix.Length, body.Length);
            var isSigned = false;
            foreach (var key in keys)
            {
                using (var hash = new HMACSHA256(key))
                {
                    var code = hash.ComputeHash(message);
                    foreach (var signature in signatures.Split(' '))
                    {
                        if (signature.StartsWith(SignatureVersion, StringComparison.Ordinal))
                            isSigned |= AreEqual(code, Decoded(signature.Substring(SignatureVersion.Length)));
                    }
                }
            }
            return isSigned;
        }

        /// <summary>Compares in a time that does not tell where the first difference is.</summary>
        private static bool AreEqual(byte[] code, byte[] given)
        {
            if (given == null || given.Length != code.Length)
                return false;
            var difference = 0;
            for (var index = 0; index < code.Length; index++)
                difference |= code[index] ^ given[index];
            return difference == 0;
        }

        /// <summary>Returns the bytes of base64, or null when it is none.</summary>
        private static byte[] Decoded(string base64)
        {
            foreach (var letter in base64)
            {
                // The class library takes white space.
                if (letter <= ' ')
                    return null;
            }
            try
            {
                return Convert.FromBase64String(base64);
            }
            catch (FormatException)
            {
                return null;
            }
        }

        private static string Header(IEnumerable<KeyValuePair<string, string>> headers, string name)
        {
            string found = null;
            foreach (var header in headers)
            {
                if (!string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase))
                    continue;
                if (found != null)
                    throw Malformed(name);
                found = header.Value;
            }
            if (string.IsNullOrEmpty(found))
                throw new Rejected(RejectionCause.MissingHeader, "the header " + name + " is missing");
            return found;
        }

        private static Rejected Malformed(string name)
        {
            return new Rejected(RejectionCause.BadHeader, "the header " + name + " is malformed, or there twice");
        }
    }
}
