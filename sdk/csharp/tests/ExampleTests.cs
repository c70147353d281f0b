using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Elves.Tests
{
    /// <summary>The example of a processor, as a process, over HTTP.</summary>
    public static class ExampleTests
    {
        private const string Body = "{\"type\":\"task.finished\",\"timestamp\":\"2026-11-24T13:00:00.000Z\",\"data\":"
            + "{\"instruction\":{\"id\":\"9778EE12A999086A\",\"ip\":\"10.0.0.8\",\"agent\":\"3502F22051081B17\","
            + "\"mode\":\"rt\","
            + "\"app\":\"apptest\",\"version\":\"1.0.0\",\"function\":\"helloword\",\"param\":{},"
            + "\"timeout\":90},\"flag\":1,"
            + "\"result\":[\"done\"],\"reason\":null,\"cost_ms\":12}}";

        private static readonly byte[] key = Encoding.ASCII.GetBytes("a key of the test's own");

        public static void ItPrintsWhatItIsToldOnceAndRefusesTheRest()
        {
            string address;
            using (var example = Start(out address))
            {
                try
                {
                    Expect.Equal(400, Post(address, "msg_1", Body, Body + " "), "altered");
                    Expect.Equal(200, Post(address, "msg_2", Body, Body), "first");
                    Expect.Equal(200, Post(address, "msg_2", Body, Body), "again");
                    Expect.Equal(200, Post(address, "msg_3", Body, Body), "another");
                }
                finally
                {
                    example.Kill();
                }
                const string line = "apptest.helloword on 10.0.0.8: flag 1, [\"done\"], 12 ms\n";
                Expect.Equal(line + line, example.StandardOutput.ReadToEnd());
                example.WaitForExit();
            }
        }

        /// <summary>
        /// Starts the example on a port that is free; one that is taken at the same moment by others is given up.
        /// </summary>
        private static Process Start(out string address)
        {
            var program = Path.Combine(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location), "example.exe");
            for (var attempt = 0; attempt < 10; attempt++)
            {
                var probe = new TcpListener(IPAddress.Loopback, 0);
                probe.Start();
                address = "http://127.0.0.1:" + ((IPEndPoint)probe.LocalEndpoint).Port + "/";
                probe.Stop();
                var start = new ProcessStartInfo("mono", program + " " + address)
                {
                    UseShellExecute = false, RedirectStandardOutput = true,
                };
                start.EnvironmentVariables["WEBHOOK_SECRET"] = "whsec_YQ== whsec_" + Convert.ToBase64String(key);
                var example = Process.Start(start);
                if (example.StandardOutput.ReadLine() == "listening on " + address)
                    return example;
                example.WaitForExit();
                example.Dispose();
            }
            throw new Exception("the example does not start");
        }

        private static int Post(string address, string id, string signed, string sent)
        {
            var time = ((long)(DateTime.UtcNow - new DateTime(1970, 1, 1)).TotalSeconds).ToString();
            string signature;
            using (var hash = new HMACSHA256(key))
            {
                var code = hash.ComputeHash(Encoding.UTF8.GetBytes(id + "." + time + "." + signed));
                signature = Convert.ToBase64String(code);
            }
            var request = (HttpWebRequest)WebRequest.Create(address);
            request.Method = "POST";
            request.Proxy = null;
            request.Headers["webhook-id"] = id;
            request.Headers["webhook-timestamp"] = time;
            request.Headers["webhook-signature"] = "v1," + signature;
            var bytes = Encoding.UTF8.GetBytes(sent);
            request.ContentLength = bytes.Length;
            using (var stream = request.GetRequestStream())
                stream.Write(bytes, 0, bytes.Length);
            try
            {
                using (var response = (HttpWebResponse)request.GetResponse())
                    return (int)response.StatusCode;
            }
            catch (WebException error)
            {
                if (error.Response == null)
                    throw;
                using (var response = (HttpWebResponse)error.Response)
                    return (int)response.StatusCode;
            }
        }
    }
}
