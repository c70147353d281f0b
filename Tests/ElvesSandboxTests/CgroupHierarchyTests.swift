import ElvesSandbox
import Testing

/// What the kernel writes on different kinds of hosts, and what is read from it.
@Suite struct CgroupHierarchyTests {
    @Test func `a host with version 2 only`() {
        let found = CgroupHierarchy.all(
            mounts: """
                23 28 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
                29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate
                """,
            groups: "0::/system.slice/elves-agent.service\n")

        #expect(
            found == [
                CgroupHierarchy(
                    version: .two, controllers: [], mountPoint: "/sys/fs/cgroup", isReadOnly: false,
                    ownFolder: "/sys/fs/cgroup/system.slice/elves-agent.service")
            ])
    }

    @Test func `a host with version 1, and version 2 beside it`() {
        let found = CgroupHierarchy.all(
            mounts: """
                31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
                32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct
                35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
                37 31 0:34 / /sys/fs/cgroup/freezer rw,relatime - cgroup cgroup rw,freezer
                40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,name=systemd
                41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
                """,
            groups: "9:name=systemd:/s\n4:memory:/a/b\n2:cpu,cpuacct:/\n0::/u\n")

        #expect(found.map(\.version) == [.one, .one, .two])
        #expect(found.map(\.controllers) == [["cpu", "cpuacct"], ["memory"], []])
        #expect(
            found.map(\.ownFolder)
                == ["/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory/a/b", "/sys/fs/cgroup/unified/u"])
    }

    @Test func `in a container a group may be seen from its middle`() {
        let mount = "40 30 0:30 /docker/4f /sys/fs/cgroup/pids ro,nosuid,nodev,noexec,relatime - cgroup cgroup rw,pids"

        #expect(one(mount, "5:pids:/docker/4f")?.ownFolder == "/sys/fs/cgroup/pids")
        #expect(one(mount, "5:pids:/docker/4f/x")?.ownFolder == "/sys/fs/cgroup/pids/x")
        #expect(one(mount, "5:pids:/docker/4f2")?.ownFolder == nil)
        #expect(one(mount, "5:pids:/../other")?.ownFolder == nil)
        #expect(one(mount, "6:memory:/docker/4f").map { $0.ownFolder } == .some(nil))
        #expect(one(mount, "5:pids:/docker/4f")?.isReadOnly == true)
    }

    @Test func `of a hierarchy that is mounted twice the first counts`() {
        let found = CgroupHierarchy.all(
            mounts: """
                35 31 0:32 / /first rw - cgroup cgroup rw,memory
                36 31 0:32 / /second rw - cgroup cgroup rw,memory
                """,
            groups: "4:memory:/")

        #expect(found.map(\.mountPoint) == ["/first"])
    }

    @Test func `a blank in a path is read as one`() {
        #expect(one(#"35 31 0:32 / /a\040b\134c rw - cgroup cgroup rw,memory"#, "4:memory:/")?.mountPoint == #"/a b\c"#)
    }

    @Test(arguments: [
        "", "35 31 0:32 / /memory rw", "35 31 0:32 / /memory rw - cgroup cgroup", "- cgroup2 cgroup2 rw",
        "35 31 0:32 / /tmp rw - tmpfs cgroup2 rw", "35 31 0:32 / /devices rw - cgroup cgroup rw,devices",
    ])
    func `what is no hierarchy for workers is passed over`(mount: String) {
        #expect(CgroupHierarchy.all(mounts: mount, groups: "0::/\n4:memory:/\nx").isEmpty)
    }

    private func one(_ mount: String, _ groups: String) -> CgroupHierarchy? {
        CgroupHierarchy.all(mounts: mount, groups: groups).first
    }
}
